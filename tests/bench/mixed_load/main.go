// mixed_load puts every kind of traffic through one wif-proxy at once, checks each body by its hash,
// and watches the proxy's memory and descriptors. tests/bench/mixed_load.sh starts what it needs.
//
// It exits 1 when a body or a status is wrong, or when memory or descriptors grow.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"time"
)

// A kind of traffic: its workers call `once` over and over. `once` returns how it ended, for the
// table, and an error where that was not as it should be.
type kind struct {
	name    string
	workers int
	once    func(random *rand.Rand) (string, error)
}

func work(each kind, seed int64, end time.Time, table *table) {
	random := rand.New(rand.NewSource(seed))
	for time.Now().Before(end) {
		status, err := each.once(random)
		table.add(each.name, status, err)
		if err != nil {
			// A proxy that is gone must not fill the table with millions of lines.
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func main() {
	minutes := flag.Float64("minutes", 1, "how long")
	pid := flag.Int("pid", 0, "process of the proxy")
	proxy := flag.String("proxy", "", "http://ADDRESS:PORT of the proxy")
	seed := flag.Int64("seed", time.Now().UnixNano(), "of the random sizes and faults")
	flag.Parse()

	duration := time.Duration(*minutes * float64(time.Minute))
	end := time.Now().Add(duration)
	web := newWeb(*proxy)
	calls := newCalls()
	kinds := append(web.kinds(), calls.kinds()...)
	watch := newWatch(*pid)
	watch.note("start")

	table := newTable()
	var running sync.WaitGroup
	for _, each := range kinds {
		for range each.workers {
			*seed++
			mine := *seed
			running.Add(1)
			go func() {
				defer running.Done()
				work(each, mine, end, table)
			}()
		}
	}
	// In a run too short for that, half of it is the time to warm up.
	warm, cancel := context.WithTimeout(context.Background(), min(time.Minute, duration/2))
	<-warm.Done()
	cancel()
	watch.note("warm")
	time.Sleep(time.Until(end))
	watch.note("end")
	running.Wait()
	web.close()
	calls.close()
	watch.noteWhenIdle("idle")

	table.print()
	watch.print()
	complaints := append(table.complaints(), watch.complaints()...)
	for _, each := range complaints {
		fmt.Println("WRONG:", each)
	}
	fmt.Printf("seed %d: %d requests, %d wrong\n", *seed, table.total(), len(complaints))
	if len(complaints) > 0 || table.total() == 0 {
		os.Exit(1)
	}
}
