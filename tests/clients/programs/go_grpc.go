// client: grpc-go, any gRPC service
// variables: HTTPS_PROXY SSL_CERT_FILE
// uses: grpc

// Every kind of call on the echo service, with no credential of its own.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const service = "/wif.sandbox.Echo/"

// raw passes messages as they are, so that no code has to be generated.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (raw) Unmarshal(b []byte, v any) error { *v.(*[]byte) = bytes.Clone(b); return nil }
func (raw) Name() string                    { return "raw" }

func check(good bool, format string, args ...any) {
	if !good {
		log.Fatalf("wrong: "+format, args...)
	}
}

func must(err error) { check(err == nil, "%v", err) }

func within(limit time.Duration) context.Context {
	ctx, _ := context.WithTimeout(context.Background(), limit) //nolint:govet // ends with the program
	return ctx
}

func call(conn *grpc.ClientConn, name string, request []byte, limit time.Duration) ([]byte, error) {
	var answer []byte
	err := conn.Invoke(within(limit), service+name, &request, &answer)
	return answer, err
}

func open(conn *grpc.ClientConn, ctx context.Context, name string) grpc.ClientStream {
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, service+name)
	must(err)
	return stream
}

func send(stream grpc.ClientStream, message []byte) { must(stream.SendMsg(&message)) }

func receive(stream grpc.ClientStream) ([]byte, error) {
	var message []byte
	err := stream.RecvMsg(&message)
	return message, err
}

func unary(conn *grpc.ClientConn) {
	for _, size := range []int{0, 1, 65536, 3_000_000} {
		body := make([]byte, size)
		rand.Read(body)
		answer, err := call(conn, "Unary", body, time.Minute)
		must(err)
		check(bytes.Equal(answer, body), "unary of %d bytes", size)
	}
}

func serverStream(conn *grpc.ClientConn) {
	stream := open(conn, within(time.Minute), "ServerStream")
	send(stream, []byte(`{"count":200,"size":50000}`))
	must(stream.CloseSend())
	total := 0
	for {
		message, err := receive(stream)
		if err == io.EOF {
			break
		}
		must(err)
		total += len(message)
	}
	check(total == 10_000_000, "%d bytes", total)
}

func clientStream(conn *grpc.ClientConn) {
	stream := open(conn, within(time.Minute), "ClientStream")
	digest := sha256.New()
	message := make([]byte, 40_000)
	for range 150 {
		rand.Read(message)
		digest.Write(message)
		send(stream, bytes.Clone(message))
	}
	must(stream.CloseSend())
	answer, err := receive(stream)
	must(err)
	var got struct{ Sha256 string }
	must(json.Unmarshal(answer, &got))
	check(got.Sha256 == hex.EncodeToString(digest.Sum(nil)), "%s", answer)
}

// Each message waits for the answer to the one before: nothing may be held back on the way.
func bidi(conn *grpc.ClientConn) {
	stream := open(conn, within(time.Minute), "Bidi")
	for i := range 50 {
		message := []byte(fmt.Sprint(i))
		send(stream, message)
		answer, err := receive(stream)
		must(err)
		check(bytes.Equal(answer, message), "%s", answer)
	}
	must(stream.CloseSend())
	_, err := receive(stream)
	check(err == io.EOF, "%v", err)
}

func failure(conn *grpc.ClientConn) {
	for _, after := range []bool{false, true} {
		request, _ := json.Marshal(map[string]any{"code": 9, "details": "not in this state: ü", "after": after})
		stream := open(conn, within(time.Minute), "Fail")
		send(stream, request)
		must(stream.CloseSend())
		var err error
		for err == nil {
			_, err = receive(stream)
		}
		got, _ := status.FromError(err)
		check(got.Code() == codes.FailedPrecondition, "%v", err)
		check(got.Message() == "not in this state: ü", "%v", err)
		trailer := stream.Trailer()
		check(strings.Join(trailer["echo-trailer"], "") == "text of a trailer", "%v", trailer)
		check(len(trailer["echo-trailer-bin"][0]) == 16, "%v", trailer)
	}
}

func deadline(conn *grpc.ClientConn) {
	answer, err := call(conn, "Wait", []byte(`{"seconds":0}`), 50*time.Second)
	must(err)
	var got struct{ Remaining float64 }
	must(json.Unmarshal(answer, &got))
	check(got.Remaining > 40 && got.Remaining < 52, "%s", answer)
	_, err = call(conn, "Wait", []byte(`{"seconds":3}`), 500*time.Millisecond)
	check(status.Code(err) == codes.DeadlineExceeded, "%v", err)
}

func cancelled(conn *grpc.ClientConn) int {
	answer, err := call(conn, "Counters", nil, time.Minute)
	must(err)
	var got struct{ Cancelled int }
	must(json.Unmarshal(answer, &got))
	return got.Cancelled
}

func cancellation(conn *grpc.ClientConn) {
	before := cancelled(conn)
	for range 5 {
		ctx, cancel := context.WithCancel(within(time.Minute))
		stream := open(conn, ctx, "Hang")
		send(stream, nil)
		must(stream.CloseSend())
		_, err := receive(stream)
		must(err)
		cancel()
		_, err = receive(stream)
		check(status.Code(err) == codes.Canceled, "%v", err)
	}
	// The service hears of it by a reset of the stream, at any time after this.
	for tries := 0; cancelled(conn) < before+5; tries++ {
		check(tries < 2000, "the cancellations did not arrive")
		time.Sleep(20 * time.Millisecond)
	}
}

func seen(conn *grpc.ClientConn) {
	ctx := metadata.AppendToOutgoingContext(within(time.Minute),
		"x-goog-request-params", "a=b%2Fc", "some-bin", "\x00\x01\xff", "authorization", "Bearer mine")
	var request, answer []byte
	must(conn.Invoke(ctx, service+"Seen", &request, &answer))
	var got map[string][]string
	must(json.Unmarshal(answer, &got))
	check(len(got["authorization"]) == 1, "%s", answer)
	check(got["some-bin"][0] == "0001ff", "%s", answer)
}

func main() {
	fmt.Println("version: grpc-go", grpc.Version)
	conn, err := grpc.NewClient("dns:///bigquerystorage.googleapis.com:443",
		grpc.WithTransportCredentials(credentials.NewTLS(nil)),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(1<<30)))
	must(err)
	for _, step := range []func(*grpc.ClientConn){
		unary, serverStream, clientStream, bidi, failure, deadline, cancellation, seen} {
		step(conn)
	}
	fmt.Println("got: unary, server stream, client stream, bidi, failure, deadline, cancellation, metadata")
}
