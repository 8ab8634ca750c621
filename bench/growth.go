package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// growthSeconds is how long a number of clients asks.
const growthSeconds = 3

// growth measures Freshet alone against rows (a tenth, a third and all of them) and
// against concurrency: what takes time, and what memory loading and asking took.
func (r *run) growth(ctx context.Context) error {
	for _, rows := range []int64{r.Rows / 10, r.Rows / 3, r.Rows} {
		if err := r.grown(ctx, rows, rows == r.Rows); err != nil {
			return err
		}
	}
	return nil
}

// grown loads a number of rows into a node of its own and asks.
func (r *run) grown(ctx context.Context, rows int64, clients bool) (err error) {
	part := *r
	part.Rows = rows
	data := filepath.Join(r.Dir, fmt.Sprintf("grown-%d.jsonl", rows))
	if err := part.generate(ctx, data); err != nil {
		return err
	}
	node, err := r.start(ctx, fmt.Sprintf("grown-%d", rows))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.Close()) }()
	c := &contender{System: node, plain: report.Freshet, expert: report.FreshetExpert}
	if err := part.loadOne(ctx, c, work.Events(peer.Freshet), data); err != nil {
		return err
	}
	r.grew("load, s", "rows", float64(rows), c.info.LoadS)
	r.grew("peak RSS after load, MiB", "rows", float64(rows), float64(peer.UsageOf(node.PID()).PeakRSS>>20))
	for _, q := range growthQuestions() {
		var ms []float64
		for range r.Rounds {
			a, err := ask(ctx, c, false, q.Freshet)
			if err != nil {
				return fmt.Errorf("%s: %w", q.Name, err)
			}
			ms = append(ms, a.Took.Seconds()*1e3)
		}
		r.grew(q.Name+", ms", "rows", float64(rows), report.NewSpread(ms).Median)
	}
	r.grew("peak RSS after questions, MiB", "rows", float64(rows), float64(peer.UsageOf(node.PID()).PeakRSS>>20))
	if !clients {
		return nil
	}
	for _, n := range []int{1, 2, 4, 8, 16} {
		r.concurrent(ctx, c, n)
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
		var asked, answered atomic.Int64
		var running sync.WaitGroup
		from := time.Now()
		for range clients {
			running.Go(func() {
				for within.Err() == nil {
					if _, err := ask(within, c, false, of.sql(asked.Add(1))); err == nil {
						answered.Add(1)
					}
				}
			})
		}
		running.Wait()
		stop()
		r.grew(of.name, "clients", float64(clients), float64(answered.Load())/time.Since(from).Seconds())
	}
}

func (r *run) grew(of, by string, at, value float64) {
	r.report.Growth = append(r.report.Growth, report.Growth{Of: of, By: by, At: at, Value: value})
	r.say("growth: %s at %.0f %s: %.2f", of, at, by, value)
}
