package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
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

// Sizes of the live load.
const (
	batchEvery   = 50 * time.Millisecond
	loadClients  = 4
	markEvery    = 4 // batches, one of which carries a mark
	probeEvery   = 2 * time.Millisecond
	probeWithin  = 30 * time.Second
	freshP99     = 250 // ms from the acknowledgement, the floor
	samplesMost  = 300 // of a long run
	mixedShare   = 0.7 // of the greatest rate
	panelEvery   = 100 * time.Millisecond
	panelClients = 4
)

// live streams events into a node as they happen.
type live struct {
	node     *peer.Server
	rate     int64
	feed     *gen.Feed
	begun    time.Time
	encoders sync.Pool
	base     int64 // number of the first batch, so that marks are told apart
}

func newLive(node *peer.Server, rate int64, seconds int) *live {
	now := time.Now().UTC()
	l := &live{node: node, rate: rate, begun: now, base: now.UnixMilli()}
	l.feed = gen.New(gen.Config{
		Seed: 7, Start: now, Span: time.Duration(seconds) * time.Second, Rows: rate * int64(seconds),
	})
	l.encoders.New = func() any { return &lines{x: l.feed.Encoder()} }
	return l
}

// lines is what a client makes its batches with.
type lines struct {
	x    *gen.Encoder
	text []byte
}

func (l *live) rows(n int64) (from, to int64) {
	per := float64(l.rate) * batchEvery.Seconds()
	return int64(float64(n) * per), int64(float64(n+1) * per)
}

func (l *live) mark(n int64) string { return "mark" + strconv.FormatInt(l.base+n, 36) }

// send inserts batch n.
func (l *live) send(ctx context.Context, n int64, due time.Time) error {
	x, _ := l.encoders.Get().(*lines)
	defer l.encoders.Put(x)
	from, to := l.rows(n)
	x.text = x.text[:0]
	for i := from; i < to; i++ {
		x.text = x.x.JSON(x.text, i)
	}
	if n%markEvery == 0 {
		x.text = gen.Mark(x.text, due.Unix(), l.mark(n))
	}
	if len(x.text) == 0 {
		return nil
	}
	_, err := l.node.Insert(ctx, "detail", "JSONEachRow", bytes.NewReader(x.text))
	return err
}

// freshness is the live load: how long rows take to be seen in the table and in
// every rollup, then dashboards beside ingest.
func (r *run) freshness(ctx context.Context) (err error) {
	node, err := r.start(ctx, "live")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.Close()) }()
	layout := work.Events(peer.Freshet)
	for _, sql := range append([]string{layout.Table}, layout.Rollups...) {
		if _, err := node.Ask(ctx, sql); err != nil {
			return err
		}
	}
	if r.wants("fresh") {
		if err := r.fresh(ctx, node); err != nil {
			return err
		}
	}
	if r.wants("mixed") {
		return r.mixed(ctx, node)
	}
	return nil
}

func (r *run) fresh(ctx context.Context, node *peer.Server) error {
	l := newLive(node, r.Rate, r.Seconds)
	probes, acked, stop := l.probes(ctx)
	before, own := peer.UsageOf(node.PID()), peer.OwnCPU()
	sampler := newSampler(node, time.Duration(r.Seconds)*time.Second)
	res, err := load.Loop{
		Every: batchEvery, For: time.Duration(r.Seconds) * time.Second, Clients: loadClients,
		Send: l.send, Sent: acked, Progress: r.Progress,
	}.Run(ctx)
	stop()
	after := peer.UsageOf(node.PID())
	out := report.Fresh{
		Rate: r.Rate, Seconds: res.Took.Seconds(), Errors: res.Errors, Unsent: res.Unsent, Floor: freshP99,
		AckP50: res.Acked.At(50), AckP99: res.Acked.At(99), AckMax: res.Acked.Max(),
		CPU: (after.CPU - before.CPU).Seconds() / res.Took.Seconds(), Client: (peer.OwnCPU() - own).Seconds() / res.Took.Seconds(),
		PeakRSS: after.PeakRSS, Samples: sampler.stop(),
	}
	_, out.Sent = l.rows(res.Sent - 1)
	out.WrittenB = float64(after.Written-before.Written) / float64(max(out.Sent, 1))
	for _, p := range probes {
		out.Seen = append(out.Seen, report.Lag{
			Table: p.table, P50: p.FromDue().At(50), P99: p.FromDue().At(99), Max: p.FromDue().Max(), Probes: p.FromDue().Count(),
			AckP50: p.FromAck().At(50), AckP99: p.FromAck().At(99),
		})
		if n := p.Errors(); n > 0 {
			r.note("%d looks at %s failed", n, p.table)
		}
	}
	if res.FirstError != nil {
		r.note("fresh: %v", res.FirstError)
	}
	r.report.Freshness = append(r.report.Freshness, out)
	for _, s := range out.Seen {
		r.say("fresh %d/s %s: seen p50 %.1f p99 %.1f max %.0f ms after it was due, p99 %.1f after it was acknowledged", r.Rate, s.Table, s.P50, s.P99,
			s.Max, s.AckP99)
	}
	return err
}

// tableProbe looks for marks in one table.
type tableProbe struct {
	load.Probe

	table string
}

// probes start looking; acked hands them the marks, stop waits for their end.
func (l *live) probes(ctx context.Context) (list []*tableProbe, acked func(n int64, due, at time.Time), stop func()) {
	var stops []func()
	statements := work.Probes()
	for _, table := range []string{"detail", "r_site", "r_content"} {
		sql := statements[table]
		p := &tableProbe{table: table}
		p.Probe = load.Probe{Every: probeEvery, Within: probeWithin, Seen: func(ctx context.Context, n int64) (bool, error) {
			count, err := number(ctx, l.node, strings.ReplaceAll(sql, "{}", l.mark(n)))
			return count > 0, err
		}}
		stops = append(stops, p.Start(ctx))
		list = append(list, p)
	}
	acked = func(n int64, due, at time.Time) {
		for _, p := range list {
			if n%markEvery == 0 {
				p.Acked(n, due, at)
			}
		}
	}
	return list, acked, func() {
		for _, s := range stops {
			s()
		}
	}
}

// sampler watches a process while something runs.
type sampler struct {
	done    chan struct{}
	ended   sync.WaitGroup
	samples []report.Sample
}

func newSampler(s peer.System, span time.Duration) *sampler {
	w := &sampler{done: make(chan struct{})}
	from, last, lastAt := time.Now(), peer.UsageOf(s.PID()), time.Now()
	w.ended.Go(func() {
		tick := time.NewTicker(max(time.Second, span/samplesMost))
		defer tick.Stop()
		for {
			select {
			case <-w.done:
				return
			case now := <-tick.C:
				u := peer.UsageOf(s.PID())
				w.samples = append(w.samples, report.Sample{
					At: now.Sub(from).Seconds(), RSS: u.RSS, CPU: (u.CPU - last.CPU).Seconds() / now.Sub(lastAt).Seconds(),
					Written: u.Written - last.Written,
				})
				last, lastAt = u, now
			}
		}
	})
	return w
}

func (w *sampler) stop() []report.Sample {
	close(w.done)
	w.ended.Wait()
	return w.samples
}

// mixed finds the greatest rate, then keeps a share of it while a dashboard asks.
func (r *run) mixed(ctx context.Context, node *peer.Server) error {
	most, err := r.greatest(ctx, node)
	if err != nil {
		return err
	}
	rate := int64(mixedShare * most)
	l := newLive(node, rate, r.Seconds)
	panels := work.Dashboard()
	span := time.Duration(r.Seconds) * time.Second
	var asked load.Result
	var side sync.WaitGroup
	side.Go(func() {
		asked, _ = load.Loop{ // its only error is that of the context, which the other one gives too
			Every: panelEvery, For: span, Clients: panelClients,
			Send: func(ctx context.Context, n int64, _ time.Time) error {
				_, err := node.Ask(ctx, panels[int(n)%len(panels)])
				return err
			},
		}.Run(ctx)
	})
	sent, err := load.Loop{Every: batchEvery, For: span, Clients: loadClients, Send: l.send, Progress: r.Progress}.Run(ctx)
	side.Wait()
	if err != nil {
		return err
	}
	_, rows := l.rows(sent.Sent - 1)
	out := report.Mixed{
		System: report.Freshet, Rate: rate, Share: mixedShare, Reached: float64(rows) / sent.Took.Seconds(), Queries: asked.Sent,
		Errors: asked.Errors + sent.Errors + asked.Unsent + sent.Unsent, P50: asked.Acked.At(50), P99: asked.Acked.At(99), Max: asked.Acked.Max(), IngestP99: sent.Acked.At(99),
	}
	if err := errors.Join(asked.FirstError, sent.FirstError); err != nil {
		r.note("mixed: %v", err)
	}
	r.report.Mixed = append(r.report.Mixed, out)
	r.say("mixed: %d events/s due, %.0f reached, %d queries p50 %.1f p99 %.1f ms, %d errors", rate, out.Reached, out.Queries, out.P50, out.P99, out.Errors)
	return nil
}

// greatest inserts as fast as it goes for a while: rows a second, rollups kept.
func (r *run) greatest(ctx context.Context, node *peer.Server) (float64, error) {
	const seconds, rate = 5, 400_000 // batches of 20,000 rows
	l := newLive(node, rate, 10*seconds)
	ctx, stop := context.WithTimeout(ctx, seconds*time.Second)
	defer stop()
	var next, rows atomic.Int64
	var mu sync.Mutex
	var failed []error
	var running sync.WaitGroup
	from := time.Now()
	for range loadClients {
		running.Go(func() {
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				if err := l.send(ctx, n, time.Now()); err != nil {
					if ctx.Err() == nil {
						mu.Lock()
						failed = append(failed, err)
						mu.Unlock()
					}
					return
				}
				a, b := l.rows(n)
				rows.Add(b - a)
			}
		})
	}
	running.Wait()
	if len(failed) > 0 {
		return 0, fmt.Errorf("insert as fast as it goes: %w", failed[0])
	}
	return float64(rows.Load()) / time.Since(from).Seconds(), nil
}
