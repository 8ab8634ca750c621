package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/bench/load"
	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// growthSeconds is how long a number of clients asks.
const growthSeconds = 3

// growthSizesMost bounds how many numbers of rows are loaded.
const growthSizesMost = 16

// What a row takes at most while it is loaded, the file of it included, and what is left alone.
const (
	growthDiskRow   = 550 // bytes
	growthDiskFree  = 2 << 30
	growthMemoryRow = 180
	growthMemory    = 1 << 30
)

// growth measures Freshet alone against rows and, at the size of the run, against
// concurrency: what takes time, and what memory loading and asking took. A size that
// there is no room for is left out.
func (r *run) growth(ctx context.Context) error {
	sizes := r.GrowthRows
	if len(sizes) == 0 {
		sizes = []int64{max(r.Rows/10, 1000), max(r.Rows/3, 1000), r.Rows}
	}
	asked := sizes[len(sizes)-1] // the size at which clients ask
	if slices.Contains(sizes, r.Rows) {
		asked = r.Rows
	}
	for _, rows := range sizes {
		if why := r.noRoom(rows); why != "" {
			r.note("growth: %d rows are left out: %s", rows, why)
			continue
		}
		if err := r.grown(ctx, rows, rows == asked); err != nil {
			return fmt.Errorf("%d rows: %w", rows, err)
		}
		if err := r.save(); err != nil {
			return err
		}
	}
	return nil
}

// noRoom says what is short for a number of rows.
func (r *run) noRoom(rows int64) string {
	if free, want := freeBytes(r.Dir), growthDiskFree+rows*growthDiskRow; free < want {
		return fmt.Sprintf("%d MiB of disk are free, they may take %d", free>>20, want>>20)
	}
	if free, want := freeMemory(), growthMemory+rows*growthMemoryRow; free > 0 && free < want {
		return fmt.Sprintf("%d MiB of memory are free, they may take %d", free>>20, want>>20)
	}
	return ""
}

// grown loads a number of rows into a node of its own, asks, and removes its data.
func (r *run) grown(ctx context.Context, rows int64, clients bool) (err error) {
	part := *r
	part.Rows = rows
	name := fmt.Sprintf("grown-%d", rows)
	data := filepath.Join(r.Dir, name+".jsonl")
	defer func() { err = errors.Join(err, removeFile(data)) }()
	if err := part.generate(ctx, data); err != nil {
		return err
	}
	node, err := r.start(ctx, name)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, node.Close())
		if node.PID() != 0 { // this run's own folder
			err = errors.Join(err, os.RemoveAll(filepath.Join(r.Dir, name)))
		}
	}()
	c := &contender{System: node, plain: report.Freshet, expert: report.FreshetExpert}
	if err := part.loadOne(ctx, c, work.Events(peer.Freshet), data); err != nil {
		return err
	}
	r.grew("load, s", "rows", float64(rows), c.info.LoadS)
	r.grew("peak RSS after load, MiB", "rows", float64(rows), float64(peer.UsageOf(node.PID()).PeakRSS>>20))
	disk, err := part.bytesOf(ctx, c)
	if err != nil {
		return err
	}
	r.grew("on disk, MiB", "rows", float64(rows), float64(disk.segments+disk.dictionaries)/(1<<20))
	for _, q := range growthQuestions() {
		var ms, cpu []float64
		for range r.Rounds {
			used := peer.CPU(node)
			a, err := ask(ctx, c, false, q.Freshet)
			if err != nil {
				return fmt.Errorf("%s: %w", q.Name, err)
			}
			ms, cpu = append(ms, a.Took.Seconds()*1e3), append(cpu, (peer.CPU(node)-used).Seconds()*1e3)
		}
		r.grew(q.Name+", ms", "rows", float64(rows), report.NewSpread(ms).Median)
		r.grew(q.Name+", ms of CPU", "rows", float64(rows), report.NewSpread(cpu).Median)
	}
	r.grew("peak RSS after questions, MiB", "rows", float64(rows), float64(peer.UsageOf(node.PID()).PeakRSS>>20))
	if !clients {
		return nil
	}
	for _, n := range []int{1, 2, 4, 8, 16} {
		part.concurrent(ctx, c, n)
	}
	return ctx.Err()
}

// growthQuestions are one of each kind of work.
func growthQuestions() []work.Question {
	names := []string{
		"top 100 plays, a day", "exact UV of a day", "exact UV of a day by minute", "q05 by action", "q08 top users", "q15 users and contents",
		"funnel within an hour",
	}
	var list []work.Question
	for _, q := range work.EventQuestions() {
		if slices.Contains(names, q.Name) {
			list = append(list, q)
		}
	}
	return list
}

// concurrent asks points and one scan from a number of clients, as fast as they are answered.
func (r *run) concurrent(ctx context.Context, c *contender, clients int) {
	contents := r.drawContents()
	point := work.Points(peer.Freshet)[0]
	for _, of := range []struct {
		name string
		sql  func(n int64) string
	}{
		{"points a second", func(n int64) string { return point.SQL(contents[n%int64(len(contents))]) }},
		{"scans a second (q05 by action)", func(int64) string {
			return "SELECT action, count(*) AS c FROM detail GROUP BY action ORDER BY c DESC, action"
		}},
	} {
		within, stop := context.WithTimeout(ctx, growthSeconds*time.Second)
		var asked atomic.Int64
		var running sync.WaitGroup
		hist := load.NewHistogram()
		from, cpu, own := time.Now(), peer.CPU(c), peer.OwnCPU()
		for range clients {
			running.Go(func() {
				for within.Err() == nil {
					if a, err := ask(within, c, false, of.sql(asked.Add(1))); err == nil {
						hist.Add(a.Took)
					}
				}
			})
		}
		running.Wait()
		stop()
		took := time.Since(from).Seconds()
		r.grew(of.name, "clients", float64(clients), float64(hist.Count())/took)
		r.grew(report.AtP50+of.name, "clients", float64(clients), hist.At(50))
		r.grew(report.AtP99+of.name, "clients", float64(clients), hist.At(99))
		r.grew(report.ServerCores+of.name, "clients", float64(clients), (peer.CPU(c)-cpu).Seconds()/took)
		r.grew(report.ClientCores+of.name, "clients", float64(clients), (peer.OwnCPU()-own).Seconds()/took)
	}
}

func (r *run) grew(of, by string, at, value float64) {
	r.report.Growth = append(r.report.Growth, report.Growth{Of: of, By: by, At: at, Value: value})
	r.say("growth: %s at %.0f %s: %.2f", of, at, by, value)
}
