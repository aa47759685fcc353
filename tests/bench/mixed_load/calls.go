package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

const echo = "/wif.sandbox.Echo/"

// raw passes messages as they are.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (raw) Unmarshal(b []byte, v any) error { *v.(*[]byte) = bytes.Clone(b); return nil }
func (raw) Name() string                    { return "raw" }

// gRPC calls of every kind on two connections.
type calls struct {
	conns []*grpc.ClientConn
}

func newCalls() *calls {
	c := &calls{}
	for range 2 {
		conn, err := grpc.NewClient("dns:///bigquerystorage.googleapis.com:443",
			grpc.WithTransportCredentials(credentials.NewTLS(nil)),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(1<<30)))
		if err != nil {
			panic(err)
		}
		c.conns = append(c.conns, conn)
	}
	return c
}

func (c *calls) close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

func (c *calls) kinds() []kind {
	on := func(once func(context.Context, *grpc.ClientConn, *rand.Rand) (string, error)) func(*rand.Rand) (string, error) {
		return func(random *rand.Rand) (string, error) {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			return once(ctx, c.conns[random.Intn(len(c.conns))], random)
		}
	}
	return []kind{
		{"gRPC unary", 2, on(unary)},
		{"gRPC server stream", 1, on(serverStream)},
		{"gRPC client stream", 1, on(clientStream)},
		{"gRPC both ways", 1, on(bothWays)},
		{"gRPC cancelled", 1, on(cancelled)},
	}
}

// The status of a call and whether that is an error here.
func ended(err error) (string, error) {
	if err == nil || err == io.EOF {
		return "OK", nil
	}
	return status.Code(err).String(), err
}

func open(ctx context.Context, conn *grpc.ClientConn, name string) (grpc.ClientStream, error) {
	return conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, echo+name)
}

func unary(ctx context.Context, conn *grpc.ClientConn, random *rand.Rand) (string, error) {
	if random.Intn(faultEvery) == 0 {
		return failing(ctx, conn)
	}
	request := make([]byte, size(random))
	random.Read(request)
	var answer []byte
	if err := conn.Invoke(ctx, echo+"Unary", &request, &answer); err != nil {
		return ended(err)
	}
	if digest(answer) != digest(request) {
		return "wrong body", fmt.Errorf("%d bytes instead of %d", len(answer), len(request))
	}
	return "OK", nil
}

func failing(ctx context.Context, conn *grpc.ClientConn) (string, error) {
	request, answer := []byte(`{"code":14,"details":"ordered"}`), []byte(nil)
	err := conn.Invoke(ctx, echo+"Fail", &request, &answer)
	if got, _ := status.FromError(err); got.Code() != codes.Unavailable || got.Message() != "ordered" {
		return "wrong status", fmt.Errorf("a call that fails: %w", err)
	}
	return "UNAVAILABLE for a fault", nil
}

func serverStream(ctx context.Context, conn *grpc.ClientConn, random *rand.Rand) (string, error) {
	stream, err := open(ctx, conn, "ServerStream")
	if err != nil {
		return ended(err)
	}
	count, length := random.Intn(50), size(random)/10
	request, _ := json.Marshal(map[string]int{"count": count, "size": length})
	if err = stream.SendMsg(&request); err == nil {
		err = stream.CloseSend()
	}
	wanted := digest(knownContent(length))
	for n := 0; err == nil; n++ {
		var message []byte
		err = stream.RecvMsg(&message)
		if err == nil && digest(message) != wanted {
			return "wrong body", fmt.Errorf("message %d has %d bytes instead of %d", n, len(message), length)
		}
		if err == io.EOF && n != count {
			return "wrong body", fmt.Errorf("%d messages instead of %d", n, count)
		}
	}
	return ended(err)
}

func clientStream(ctx context.Context, conn *grpc.ClientConn, random *rand.Rand) (string, error) {
	stream, err := open(ctx, conn, "ClientStream")
	if err != nil {
		return ended(err)
	}
	sum := sha256.New()
	for range random.Intn(50) {
		message := make([]byte, size(random)/10)
		random.Read(message)
		sum.Write(message)
		if err = stream.SendMsg(&message); err != nil {
			break
		}
	}
	if err == nil {
		err = stream.CloseSend()
	}
	var answer []byte
	if err == nil || err == io.EOF {
		err = stream.RecvMsg(&answer)
	}
	if err != nil {
		return status.Code(err).String(), err
	}
	var seen struct{ Sha256 string }
	if json.Unmarshal(answer, &seen) != nil || seen.Sha256 != hex.EncodeToString(sum.Sum(nil)) {
		return "wrong body", fmt.Errorf("another hash arrived: %s", answer)
	}
	return "OK", nil
}

func bothWays(ctx context.Context, conn *grpc.ClientConn, random *rand.Rand) (string, error) {
	stream, err := open(ctx, conn, "Bidi")
	if err != nil {
		return ended(err)
	}
	for range random.Intn(20) {
		message := make([]byte, size(random)/10)
		random.Read(message)
		var answer []byte
		if err = stream.SendMsg(&message); err == nil || err == io.EOF {
			err = stream.RecvMsg(&answer)
		}
		if err != nil {
			return status.Code(err).String(), err
		}
		if !bytes.Equal(message, answer) {
			return "wrong body", fmt.Errorf("%d bytes instead of %d", len(answer), len(message))
		}
	}
	if err = stream.CloseSend(); err == nil {
		var answer []byte
		err = stream.RecvMsg(&answer)
	}
	return ended(err)
}

// Waits for the first message and goes away.
func cancelled(ctx context.Context, conn *grpc.ClientConn, random *rand.Rand) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := open(ctx, conn, "Hang")
	if err != nil {
		return ended(err)
	}
	var request, answer []byte
	if err = stream.SendMsg(&request); err == nil {
		err = stream.CloseSend()
	}
	if err == nil {
		err = stream.RecvMsg(&answer)
	}
	if err != nil {
		return status.Code(err).String(), err
	}
	cancel()
	for err == nil {
		err = stream.RecvMsg(&answer)
	}
	if status.Code(err) != codes.Canceled {
		return ended(err)
	}
	return "left on purpose", nil
}
