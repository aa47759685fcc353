package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// What may be left over: buffers that the allocator keeps, and connections that rest in a pool.
const (
	allowedGrowth      = 1.10
	allowedBytes       = 8 << 20
	allowedDescriptors = 64
	idleLimit          = 90 * time.Second
)

type sample struct {
	name        string
	bytes       int
	descriptors int
}

// Memory and descriptors of one process, at named moments.
type watch struct {
	pid     int
	samples []sample
}

func newWatch(pid int) *watch { return &watch{pid: pid} }

func (w *watch) look(name string) sample {
	seen := sample{name: name}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.pid))
	if err != nil {
		return seen
	}
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmRSS:") {
			fmt.Sscanf(line, "VmRSS: %d kB", &seen.bytes)
			seen.bytes <<= 10
		}
	}
	// The proxy makes itself unreadable, so only root sees its descriptors.
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.pid))
	seen.descriptors = len(entries)
	if err != nil {
		seen.descriptors = -1
	}
	return seen
}

func (w *watch) note(name string) { w.samples = append(w.samples, w.look(name)) }

// Clients are gone: the proxy has to notice, which takes as long as it takes.
func (w *watch) noteWhenIdle(name string) {
	end := time.Now().Add(idleLimit)
	seen := w.look(name)
	for time.Now().Before(end) && seen.descriptors > w.samples[0].descriptors+allowedDescriptors {
		time.Sleep(200 * time.Millisecond)
		seen = w.look(name)
	}
	w.samples = append(w.samples, seen)
}

func (w *watch) print() {
	fmt.Printf("%-22s %12s %12s\n", "proxy", "memory", "descriptors")
	for _, each := range w.samples {
		fmt.Printf("%-22s %8.1f MiB %12d\n", each.name, float64(each.bytes)/(1<<20), each.descriptors)
	}
}

func (w *watch) complaints() (list []string) {
	start, warm, end, idle := w.samples[0], w.samples[1], w.samples[2], w.samples[3]
	if end.bytes == 0 || idle.bytes == 0 {
		return []string{"the proxy is gone"}
	}
	if float64(end.bytes) > float64(warm.bytes)*allowedGrowth+allowedBytes {
		list = append(list, "memory grows")
	}
	if idle.descriptors > start.descriptors+allowedDescriptors {
		list = append(list, "descriptors are left over")
	}
	return list
}
