package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// racer is one contestant of one question.
type racer struct {
	name string
	c    *contender
	sql  string
	ms   []float64
	cpu  []float64
}

func (x *racer) time() report.Time {
	return report.Time{MS: report.NewSpread(x.ms), CPUMS: report.NewSpread(x.cpu).Median, SQL: x.sql}
}

// questions asks a list of questions of all systems.
func (r *run) questions(ctx context.Context, list []work.Question, all []*contender) error {
	for _, q := range list {
		a := r.question(ctx, q, all)
		if err := ctx.Err(); err != nil {
			return err
		}
		r.report.Answers = append(r.report.Answers, a)
		r.say("%s %-40s %s", q.Work, q.Name, summary(a))
	}
	return nil
}

func summary(a report.Answer) string {
	if a.Void != "" {
		return "void: " + a.Void
	}
	var b strings.Builder
	for _, c := range report.Contestants() {
		if t, ok := a.Times[c]; ok {
			fmt.Fprintf(&b, "%s %.2f  ", c, t.MS.Median)
		}
	}
	b.WriteString("ms")
	for _, x := range []struct {
		of    string
		ratio report.Spread
	}{{"same schema", a.Same}, {"experts", a.Expert}} {
		if x.ratio.Median > 0 {
			fmt.Fprintf(&b, "; %s %.2fx", x.of, x.ratio.Median)
		}
	}
	return b.String()
}

// question compares the answers of all, then times them in turns.
func (r *run) question(ctx context.Context, q work.Question, all []*contender) report.Answer {
	a := report.Answer{
		Work: q.Work, Name: q.Name, SameFloor: q.Same, ExpFloor: q.Expert, Geometric: q.Geometric, Times: map[string]report.Time{},
	}
	racers, err := r.line(ctx, q, all, &a)
	if err == nil {
		err = r.race(ctx, racers)
	}
	if err != nil {
		a.Void = err.Error()
		a.Times = nil
		return a
	}
	for _, x := range racers {
		a.Times[x.name] = x.time()
	}
	ours := []string{report.Freshet, report.FreshetExpert}
	a.Same, a.SameCPU = ratios(racers, report.ClickHouse, report.Freshet)
	a.Rollups, _ = ratios(racers, report.ClickHouse, ours...)
	a.Expert, a.ExpertCPU = ratios(racers, report.ClickHouseExpert, ours...)
	a.Duck, _ = ratios(racers, report.DuckDB, report.Freshet)
	a.DuckBest, _ = ratios(racers, report.DuckDBExpert, ours...)
	return a
}

// line finds the contestants: every way whose answer is right, the fastest one of
// an expert's. The reference is the control's answer, or else that of the first
// peer's plain way.
func (r *run) line(ctx context.Context, q work.Question, all []*contender, a *report.Answer) ([]*racer, error) {
	var racers []*racer
	want := ""
	// Peers first: Freshet's answer is held against theirs.
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(x, y *contender) int { return int(isFreshet(x)) - int(isFreshet(y)) })
	for _, c := range order {
		if want == "" && q.Control != "" && c.Kind() == peer.ClickHouse {
			a, err := c.Ask(ctx, q.Control)
			if err != nil {
				return nil, fmt.Errorf("control: %w", err)
			}
			want = a.Text
		}
		var expert *racer
		best := time.Duration(0)
		for _, way := range q.Ways(c.Kind()) {
			took, text, err := try(ctx, c, way)
			if err == nil && want == "" && !way.Expert {
				want = text
			}
			if err == nil {
				if d := q.Match.Equal(want, text); d != "" {
					err = fmt.Errorf("another answer: %s", d)
				}
			}
			switch {
			case err != nil && isFreshet(c) == 1 && !way.Expert:
				return nil, fmt.Errorf("%s: %w", c.plain, err)
			case err != nil:
				left := c.plain + " is left out"
				if way.Expert {
					left = "a way of " + c.expert + ", is left out"
				}
				a.Notes = append(a.Notes, fmt.Sprintf("%s, %v: %s", left, err, way.SQL))
				r.note("%s: %s, %v: %s", q.Name, left, err, way.SQL)
			case !way.Expert:
				racers = append(racers, &racer{name: c.plain, c: c, sql: way.SQL})
			case expert == nil || took < best:
				expert, best = &racer{name: c.expert, c: c, sql: way.SQL}, took
			}
		}
		if expert != nil {
			racers = append(racers, expert)
		}
	}
	return racers, nil
}

func isFreshet(c *contender) int8 {
	if c.Kind() == peer.Freshet {
		return 1
	}
	return 0
}

// try asks three times: once cold, and takes the faster one of the others.
func try(ctx context.Context, c *contender, way work.Way) (time.Duration, string, error) {
	best, text := time.Duration(0), ""
	for turn := range 3 {
		a, err := ask(ctx, c, way.Expert, way.SQL)
		if err != nil {
			return 0, "", err
		}
		text = a.Text
		if turn == 1 || turn == 2 && a.Took < best {
			best = a.Took
		}
	}
	return best, text, nil
}

// ask asks one way; Freshet's plain way reads the table alone.
func ask(ctx context.Context, c *contender, expert bool, sql string) (peer.Answer, error) {
	if s, ok := c.System.(*peer.Server); ok && c.Kind() == peer.Freshet && !expert {
		return s.AskWith(ctx, sql, map[string]string{"use_rollups": "0"})
	}
	return c.Ask(ctx, sql)
}

// A turn of a short statement is several askings, until turnTime has gone: the first one
// finds the caches full of another system's data, and the clock is coarse.
const (
	turnTime = 20 * time.Millisecond
	turnMost = 9
)

// turn asks a contestant, and keeps the median of the times and the mean of the CPU times.
func (x *racer) turn(ctx context.Context) error {
	cpu := peer.CPU(x.c)
	var ms []float64
	for total := time.Duration(0); len(ms) == 0 || total < turnTime && len(ms) < turnMost; {
		a, err := ask(ctx, x.c, x.name == x.c.expert, x.sql)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", x.name, err), ctx.Err())
		}
		ms = append(ms, a.Took.Seconds()*1e3)
		total += a.Took
	}
	x.ms = append(x.ms, report.NewSpread(ms).Median)
	x.cpu = append(x.cpu, (peer.CPU(x.c)-cpu).Seconds()*1e3/float64(len(ms)))
	return nil
}

// race takes the turns: every contestant once a round, in an order that rotates, so
// that none always follows the same one.
func (r *run) race(ctx context.Context, racers []*racer) error {
	for round := range r.Rounds {
		for i := range racers {
			if err := racers[(i+round)%len(racers)].turn(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// ratios divide a contestant's time by the least median's of some others, turn by
// turn; and the medians of their CPU times.
func ratios(racers []*racer, of string, by ...string) (wall report.Spread, cpu float64) {
	var x, y *racer
	for _, c := range racers {
		if c.name == of {
			x = c
		}
		if slices.Contains(by, c.name) && (y == nil || report.NewSpread(c.ms).Median < report.NewSpread(y.ms).Median) {
			y = c
		}
	}
	if x == nil || y == nil {
		return report.Spread{}, 0
	}
	var list []float64
	for i := range x.ms {
		list = append(list, x.ms[i]/y.ms[i])
	}
	if own := report.NewSpread(y.cpu).Median; own > 0 {
		cpu = report.NewSpread(x.cpu).Median / own
	}
	return report.NewSpread(list), cpu
}
