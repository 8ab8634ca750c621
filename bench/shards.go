package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// shardsMany is the number of shards that one shard is held against.
const shardsMany = 8

// shards loads Freshet with one shard and with several and asks both, in turns: the
// answers of one shard are the reference.
func (r *run) shards(ctx context.Context) (err error) {
	if r.URL != "" {
		r.note("shards: left out, those of a running node can't be chosen")
		return nil
	}
	data := filepath.Join(r.Dir, "shards.jsonl")
	defer func() { err = errors.Join(err, removeFile(data)) }()
	if err := r.generate(ctx, data); err != nil {
		return err
	}
	var all []*contender
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.Close())
		}
	}()
	for _, n := range []int{1, shardsMany} {
		part := *r
		part.Shards = n
		node, err := part.start(ctx, fmt.Sprintf("shards-%d", n))
		if err != nil {
			return err
		}
		c := &contender{System: node, plain: fmt.Sprintf("%d shards", n), expert: fmt.Sprintf("%d shards, rollups", n)}
		if n == 1 {
			c.plain, c.expert = "1 shard", "1 shard, rollups"
		}
		all = append(all, c)
		if err := r.loadSharded(ctx, c, n, data); err != nil {
			return fmt.Errorf("%s: %w", c.plain, err)
		}
	}
	for _, q := range work.EventQuestions() {
		s := r.sharded(ctx, q, all)
		if err := ctx.Err(); err != nil {
			return err
		}
		r.report.Shards = append(r.report.Shards, s)
		r.say("shards %s %-40s %.2fx, rollups %.2fx %s", q.Work, q.Name, s.Plain.Median, s.Best.Median, s.Void)
	}
	if err := r.points(ctx, all); err != nil {
		return err
	}
	for i, c := range all {
		r.report.Sharded[i].PeakRSS = peer.UsageOf(c.PID()).PeakRSS
	}
	return nil
}

// loadSharded loads the rows and makes the rollups, and notes what that took.
func (r *run) loadSharded(ctx context.Context, c *contender, shards int, data string) error {
	layout := work.Events(peer.Freshet)
	if err := r.part("load with "+c.plain, func() error { return r.loadOne(ctx, c, layout, data) }); err != nil {
		return err
	}
	bytes, err := r.bytesOf(ctx, c)
	if err != nil {
		return err
	}
	from := time.Now()
	if err := r.part("rollups with "+c.plain, func() error { return r.makeExpert(ctx, c, layout) }); err != nil {
		return err
	}
	r.report.Sharded = append(r.report.Sharded, report.Sharded{
		Name: c.plain, Shards: shards, LoadS: c.info.LoadS, RowsS: float64(r.Rows) / c.info.LoadS, ExpertS: time.Since(from).Seconds(),
		LoadPeakRSS: peer.UsageOf(c.PID()).PeakRSS, PerRow: float64(bytes.segments+bytes.dictionaries) / float64(r.Rows),
	})
	return nil
}

// sharded asks one question of both.
func (r *run) sharded(ctx context.Context, q work.Question, all []*contender) report.ShardAnswer {
	out := report.ShardAnswer{Work: q.Work, Name: q.Name, Times: map[string]report.Time{}}
	var a report.Answer
	racers, err := r.line(ctx, q, all, &a)
	if err == nil {
		err = r.race(ctx, racers)
	}
	if err != nil {
		out.Void = err.Error()
		return out
	}
	for _, x := range racers {
		out.Times[x.name] = x.time()
	}
	few, many := all[0], all[1]
	out.Plain, _ = ratios(racers, many.plain, few.plain)
	out.Best, _ = ratios(racers, many.expert, few.expert)
	return out
}
