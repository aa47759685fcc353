// client: cloud.google.com/go/storage
// variables: HTTPS_PROXY SSL_CERT_FILE GCE_METADATA_HOST

// Objects up and down: in one request, and by a resumable upload in chunks.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"time"

	"cloud.google.com/go/storage"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func moduleVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, each := range info.Deps {
		if each.Path == path {
			return each.Version
		}
	}
	return "unknown"
}

func upAndDown(ctx context.Context, object *storage.ObjectHandle, size, chunk int) {
	content := make([]byte, size)
	rand.Read(content)
	writer := object.NewWriter(ctx)
	writer.ChunkSize = chunk
	_, err := writer.Write(content)
	must(err)
	must(writer.Close())
	reader, err := object.NewReader(ctx)
	must(err)
	defer reader.Close()
	back, err := io.ReadAll(reader)
	must(err)
	if !bytes.Equal(back, content) {
		log.Fatalf("wrong: %d bytes of %d", len(back), size)
	}
}

func main() {
	fmt.Println("version: go/storage", moduleVersion("cloud.google.com/go/storage"))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	client, err := storage.NewClient(ctx)
	must(err)
	bucket := client.Bucket("foo-bucket")
	upAndDown(ctx, bucket.Object("go/small"), 1000, 0)
	upAndDown(ctx, bucket.Object("go/large object+%"), 5_000_000, 1<<20)
	fmt.Println("got: 1 kB in one request, 5 MB in chunks, both the same again")
}
