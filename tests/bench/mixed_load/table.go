package main

import (
	"fmt"
	"sort"
	"sync"
)

const keptErrors = 20

// How many requests of each kind ended how.
type table struct {
	mutex  sync.Mutex
	counts map[[2]string]int
	errors []string
	wrong  int
}

func newTable() *table { return &table{counts: map[[2]string]int{}} }

func (t *table) add(kind, status string, err error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.counts[[2]string{kind, status}]++
	if err == nil {
		return
	}
	t.wrong++
	if len(t.errors) < keptErrors {
		t.errors = append(t.errors, fmt.Sprintf("%s: %v", kind, err))
	}
}

func (t *table) total() (sum int) {
	for _, count := range t.counts {
		sum += count
	}
	return sum
}

func (t *table) complaints() []string {
	if more := t.wrong - len(t.errors); more > 0 {
		return append(t.errors, fmt.Sprintf("and %d more", more))
	}
	return t.errors
}

func (t *table) print() {
	keys := make([][2]string, 0, len(t.counts))
	for key := range t.counts {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		return keys[i][0]+"\x00"+keys[i][1] < keys[j][0]+"\x00"+keys[j][1]
	})
	fmt.Printf("%-22s %-34s %9s\n", "kind", "how it ended", "requests")
	for _, key := range keys {
		fmt.Printf("%-22s %-34s %9d\n", key[0], key[1], t.counts[key])
	}
}
