package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/load"
	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// Sizes of W4.
const (
	pointContents = 400 // each is asked about once by every system
	pointTurn     = 20  // by one system, before the next one's turn
	pointChecked  = 20  // whose answers are compared
	pointClients  = 8
	pointSeconds  = 5 // of the clients' run
)

// pointer is one system and layout of W4.
type pointer struct {
	report.Point

	c      *contender
	expert bool
	ask    func(content string) string
	hist   *load.Histogram
}

// points is W4: the last hour of contents, drawn as often as they are seen.
func (r *run) points(ctx context.Context, all []*contender) error {
	contents := r.drawContents()
	var list []*pointer
	for _, c := range all {
		for _, p := range work.Points(c.Kind()) {
			name := c.plain
			if p.Expert {
				name = c.expert
			}
			list = append(list, &pointer{
				Point: report.Point{System: name, SQL: p.SQL(contents[0])}, c: c, expert: p.Expert, ask: p.SQL, hist: load.NewHistogram(),
			})
		}
	}
	comparePoints(ctx, list, contents[:pointChecked])
	for round := range pointContents / pointTurn {
		for n := range list {
			list[(round+n)%len(list)].turn(ctx, contents[round*pointTurn:][:pointTurn])
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, p := range list {
		if p.Void == "" {
			p.P50, p.P90, p.P99 = p.hist.At(50), p.hist.At(90), p.hist.At(99)
			p.clients(ctx, contents)
		}
		r.report.Points = append(r.report.Points, p.Point)
		clients := ""
		if p.Clients > 0 { // of what takes one statement at a time there is nothing to tell
			clients = fmt.Sprintf(", %d clients %.0f/s p99 %.2f ms", p.Clients, p.QPS, p.P99All)
		}
		r.say("W4 %-20s p50 %.2f p99 %.2f ms%s %s", p.System, p.P50, p.P99, clients, p.Void)
	}
	return nil
}

// turn asks about some contents one after the other, as a dashboard does.
func (p *pointer) turn(ctx context.Context, contents []string) {
	for _, content := range contents {
		if p.Void != "" {
			return
		}
		a, err := ask(ctx, p.c, p.expert, p.ask(content))
		if err != nil {
			p.Void = err.Error()
			return
		}
		p.hist.Add(a.Took)
	}
}

// drawContents draws from the rows of the stream, so that popular contents come often.
func (r *run) drawContents() []string {
	f := gen.New(gen.Standard(r.Rows))
	step := max(r.Rows/pointContents, 1)
	var list []string
	for i := range int64(pointContents) {
		list = append(list, gen.ContentID(f.At(i*step%r.Rows).Content))
	}
	return list
}

// comparePoints voids what answers otherwise than the first peer.
func comparePoints(ctx context.Context, list []*pointer, contents []string) {
	for _, content := range contents {
		want, known := "", false
		for n := range list {
			p := list[(n+1)%len(list)] // a peer first, Freshet's plain way last
			if p.Void != "" {
				continue
			}
			a, err := ask(ctx, p.c, p.expert, p.ask(content))
			switch {
			case err != nil:
				p.Void = err.Error()
			case !known:
				want, known = a.Text, true
			default:
				if d := (peer.Match{}).Equal(want, a.Text); d != "" {
					p.Void = fmt.Sprintf("another answer for %s: %s", content, d)
				}
			}
		}
	}
}

// clients asks from several clients for some seconds, each as fast as it is answered.
func (p *pointer) clients(ctx context.Context, contents []string) {
	if !p.c.Concurrent() {
		return
	}
	ctx, stop := context.WithTimeout(ctx, pointSeconds*time.Second)
	defer stop()
	var asked atomic.Int64
	var running sync.WaitGroup
	hist, from := load.NewHistogram(), time.Now()
	for range pointClients {
		running.Go(func() {
			for ctx.Err() == nil {
				n := asked.Add(1)
				a, err := ask(ctx, p.c, p.expert, p.ask(contents[int(n)%len(contents)]))
				if err != nil {
					asked.Add(-1)
					continue
				}
				hist.Add(a.Took)
			}
		})
	}
	running.Wait()
	p.Clients, p.QPS, p.P99All = pointClients, float64(asked.Load())/time.Since(from).Seconds(), hist.At(99)
	p.SQL = strings.TrimSpace(p.SQL)
}
