package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	injected = "https://echo.googleapis.com"
	// Faults have a host of their own: some end a connection, with all that others have on it.
	faulty   = "https://echo2.googleapis.com"
	tunneled = "https://www.outside.example"
	// One request in so many meets an upstream that fails.
	faultEvery = 100
	// One in so many makes its client drop its idle connections, so that new ones come all the time.
	reconnectEvery = 200
	limit          = 60 * time.Second
	// Of a client that still sends behind an early answer no more is read: it may be reset.
	drained = 1 << 20
)

var sizes = []int{0, 1, 100, 10_000, 10_000, 70_000, 300_000, 2_000_000}

// GETs and uploads by HTTP/1.1 and HTTP/2, and the same through a blind tunnel.
type web struct {
	h1, h2 *http.Client
}

// One fault at a time, so that each is answered for itself.
var oneFault sync.Mutex

func newClient(proxy string, http2 bool) *http.Client {
	address, err := url.Parse(proxy)
	if err != nil {
		panic(err)
	}
	transport := &http.Transport{
		Proxy:               http.ProxyURL(address),
		MaxIdleConnsPerHost: 16,
		DisableCompression:  true,
		Protocols:           new(http.Protocols),
	}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
	// Redirects are answers like any other here.
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func newWeb(proxy string) *web { return &web{newClient(proxy, false), newClient(proxy, true)} }

func (w *web) close() {
	w.h1.CloseIdleConnections()
	w.h2.CloseIdleConnections()
}

func (w *web) kinds() (list []kind) {
	for name, client := range map[string]*http.Client{"HTTP/1.1": w.h1, "HTTP/2": w.h2} {
		with := func(once func(*http.Client, *rand.Rand) (string, error)) func(*rand.Rand) (string, error) {
			return func(random *rand.Rand) (string, error) {
				if random.Intn(reconnectEvery) == 0 {
					client.CloseIdleConnections()
				}
				return once(client, random)
			}
		}
		list = append(list,
			kind{name + " download", 3, with(download)},
			kind{name + " upload", 3, with(upload)},
			kind{name + " both ways", 2, with(mirror)},
			kind{name + " abandoned", 1, with(abandon)})
	}
	tunnel := func(random *rand.Rand) (string, error) { return tunnelDownload(w.h1, random) }
	return append(list, kind{"tunnel download", 2, tunnel})
}

func knownContent(size int) []byte {
	return bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// An answer: its status and body, or how it failed.
func exchange(client *http.Client, method, target string, body io.Reader) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response, content, err
}

func size(random *rand.Rand) int { return sizes[random.Intn(len(sizes))] }

// What a path of the faulty host does, and what the proxy has to make of it: a status, or an answer
// that is not taken for whole.
type ordered struct {
	path   string
	status int
	cut    bool
}

var faults = []ordered{
	{"/status/503", 503, false},
	{"/close", 502, false},
	{"/reset", 502, false},
	// Cut before the proxy saw the beginning, it may as well be a 502.
	{"/cut/200000", 502, true},
	{"/cut/200000?chunked=1", 502, true},
}

func fault(client *http.Client, random *rand.Rand, method string, body []byte) (string, error) {
	oneFault.Lock()
	defer oneFault.Unlock()
	wanted := faults[random.Intn(len(faults))]
	if len(body) > drained {
		body = body[:drained]
	}
	response, content, err := exchange(client, method, faulty+wanted.path, bytes.NewReader(body))
	switch {
	case err == nil && response.StatusCode == wanted.status:
		return fmt.Sprintf("%d for a fault", wanted.status), nil
	case err == nil:
		return "wrong status", fmt.Errorf("%s %s: %s, %d bytes and a good end", method, wanted.path, response.Status, len(content))
	case wanted.cut:
		// A stream of HTTP/2 may be reset before its head has left.
		return "cut answer stays cut", nil
	default:
		return "failed", fmt.Errorf("%s %s of %d bytes: %w", method, wanted.path, len(body), err)
	}
}

func verify(what string, response *http.Response, content []byte, err error, wanted string) (string, error) {
	if err != nil {
		return "failed", fmt.Errorf("%s: %w", what, err)
	}
	if response.StatusCode != 200 {
		return "wrong status", fmt.Errorf("%s: %s %.300s", what, response.Status, content)
	}
	if digest(content) != wanted {
		return "wrong body", fmt.Errorf("%s: %d bytes, another hash", what, len(content))
	}
	return "200", nil
}

func download(client *http.Client, random *rand.Rand) (string, error) {
	if random.Intn(faultEvery) == 0 {
		return fault(client, random, "GET", nil)
	}
	n := size(random)
	path := []string{"bytes", "chunked"}[random.Intn(2)]
	response, content, err := exchange(client, "GET", fmt.Sprintf("%s/%s/%d", injected, path, n), nil)
	return verify("GET", response, content, err, digest(knownContent(n)))
}

// Bytes whose length is sometimes not told beforehand.
func randomBody(random *rand.Rand) ([]byte, io.Reader) {
	body := make([]byte, size(random))
	random.Read(body)
	if random.Intn(2) == 0 {
		return body, struct{ io.Reader }{bytes.NewReader(body)}
	}
	return body, bytes.NewReader(body)
}

func upload(client *http.Client, random *rand.Rand) (string, error) {
	body, reader := randomBody(random)
	if random.Intn(faultEvery) == 0 {
		return fault(client, random, "POST", body)
	}
	response, content, err := exchange(client, "POST", injected+"/upload", reader)
	if err != nil {
		return "failed", fmt.Errorf("POST: %w", err)
	}
	var seen struct {
		Sha string `json:"body_sha256"`
	}
	if response.StatusCode != 200 || json.Unmarshal(content, &seen) != nil {
		return "wrong status", fmt.Errorf("POST: %s %.300s", response.Status, content)
	}
	if seen.Sha != digest(body) {
		return "wrong body", fmt.Errorf("POST of %d bytes: another hash arrived", len(body))
	}
	return "200", nil
}

func mirror(client *http.Client, random *rand.Rand) (string, error) {
	body, reader := randomBody(random)
	response, content, err := exchange(client, "POST", injected+"/mirror", reader)
	return verify("mirror", response, content, err, digest(body))
}

// Takes the beginning of a long answer and goes away.
func abandon(client *http.Client, random *rand.Rand) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, "GET", injected+"/bytes/30000000", nil)
	response, err := client.Do(request)
	if err != nil {
		return "failed", err
	}
	defer response.Body.Close()
	wanted := knownContent(random.Intn(500_000))
	content := make([]byte, len(wanted))
	if _, err = io.ReadFull(response.Body, content); err != nil {
		return "failed", err
	}
	if !bytes.Equal(content, wanted) {
		return "wrong body", errors.New("the beginning of a body is wrong")
	}
	return "left on purpose", nil
}

func tunnelDownload(client *http.Client, random *rand.Rand) (string, error) {
	n := size(random)
	response, content, err := exchange(client, "GET", fmt.Sprintf("%s/bytes/%d", tunneled, n), nil)
	if err == nil && !issuedBySandbox(response.TLS) {
		return "intercepted", errors.New("the tunnel was opened by the proxy")
	}
	return verify("tunnel", response, content, err, digest(knownContent(n)))
}

func issuedBySandbox(state *tls.ConnectionState) bool {
	return state != nil && state.PeerCertificates[0].Issuer.CommonName == "wif-sandbox root"
}
