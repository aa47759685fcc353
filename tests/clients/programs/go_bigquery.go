// client: cloud.google.com/go/bigquery, REST and Storage API
// variables: HTTPS_PROXY SSL_CERT_FILE GCE_METADATA_HOST
// uses: grpc

// A query over REST, the table over the Storage API, and a load from memory.
package main

import (
	"context"
	"fmt"
	"log"
	"runtime/debug"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/iterator"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func check(good bool, what any) {
	if !good {
		log.Fatal("wrong: ", what)
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

func count(rows *bigquery.RowIterator) int {
	n := 0
	for {
		var row []bigquery.Value
		err := rows.Next(&row)
		if err == iterator.Done {
			return n
		}
		must(err)
		n++
	}
}

func load(ctx context.Context, client *bigquery.Client) int64 {
	source := bigquery.NewReaderSource(strings.NewReader("1,a\n2,b\n3,c\n"))
	source.Schema = bigquery.Schema{
		{Name: "id", Type: bigquery.IntegerFieldType}, {Name: "name", Type: bigquery.StringFieldType}}
	loader := client.Dataset("hoge_dataset").Table("loaded_by_go").LoaderFrom(source)
	loader.WriteDisposition = bigquery.WriteTruncate
	job, err := loader.Run(ctx)
	must(err)
	status, err := job.Wait(ctx)
	must(err)
	must(status.Err())
	return status.Statistics.Details.(*bigquery.LoadStatistics).OutputRows
}

func main() {
	fmt.Println("version: go/bigquery", moduleVersion("cloud.google.com/go/bigquery"))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	client, err := bigquery.NewClient(ctx, "foo-project")
	must(err)
	rows, err := client.Query("SELECT id, name FROM hoge_dataset.fuga_table ORDER BY id").Read(ctx)
	must(err)
	check(count(rows) == 5, "rows over REST")
	check(load(ctx, client) == 3, "rows loaded")
	must(client.EnableStorageReadClient(ctx))
	fast := client.Dataset("hoge_dataset").Table("fuga_table").Read(ctx)
	n := count(fast)
	check(n == 5 && fast.IsAccelerated(), fmt.Sprint(n, " rows, by the Storage API: ", fast.IsAccelerated()))
	fmt.Println("got: 5 rows over REST, 5 over the Storage API, 3 loaded")
}
