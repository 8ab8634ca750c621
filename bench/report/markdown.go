package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Markdown writes the report as tables.
func (r *Report) Markdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	m := markdown{b}
	m.head(r)
	for _, work := range r.works() {
		m.answers(r, work)
	}
	m.ingest(r)
	m.points(r)
	m.freshness(r)
	m.storage(r)
	m.shards(r)
	m.growth(r)
	m.missed(r)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// works are the works that have answers, in order.
func (r *Report) works() []string {
	var list []string
	for _, a := range r.Answers {
		if !slices.Contains(list, a.Work) {
			list = append(list, a.Work)
		}
	}
	return list
}

type markdown struct{ b *bufio.Writer }

// line writes; bufio keeps the first error for Flush.
func (m markdown) line(format string, args ...any) { _, _ = fmt.Fprintf(m.b, format+"\n", args...) }

func (m markdown) head(r *Report) {
	m.line("%s events, %d turns, %s: %s, %d cores, %.0f GiB, %s.", thousands(r.Rows), r.Rounds, r.Started.UTC().Format("2006-01-02 15:04 UTC"),
		r.Machine.CPU, r.Machine.Cores, float64(r.Machine.Memory)/(1<<30), r.Machine.Kernel)
	m.line("")
	if len(r.Systems) == 0 {
		return
	}
	m.line("| system | version | load s | expert's layout s | peak RSS after load, GiB | at the end |")
	m.line("|---|---|---|---|---|---|")
	for _, s := range r.Systems {
		m.line("| %s | %s | %.1f | %.1f | %.2f | %.2f |", s.Name, s.Version, s.LoadS, s.ExpertS, gib(s.LoadPeakRSS), gib(s.PeakRSS))
	}
	m.line("")
}

func gib(n int64) float64 { return float64(n) / (1 << 30) }

// about names works.
func about(work string) string {
	return map[string]string{
		"W2": "TopN", "W3": "unique visitors", "W5": "seventeen scans", "W6": "funnels and retention",
		"ClickBench": "43 questions on generated hits", "SSB": "star schema, flat",
	}[work]
}

func (m markdown) answers(r *Report, work string) {
	present := r.present(work)
	m.line("### %s: %s", work, about(work))
	m.line("")
	m.line("Milliseconds (median of the turns; CPU of the system in brackets). A ratio is ClickHouse's time divided by Freshet's, with its lower bound.")
	m.line("")
	var head strings.Builder
	for _, c := range present {
		head.WriteString(" " + c + " |")
	}
	prepared := slices.Contains(present, ClickHouseExpert)
	if prepared {
		m.line("| question |%s same schema | by CPU | floor | ours with rollups | experts | by CPU | floor |", head.String())
		m.line("|---|%s---|---|---|---|---|---|---|", strings.Repeat("---|", len(present)))
	} else {
		m.line("| question |%s same schema | by CPU |", head.String())
		m.line("|---|%s---|---|", strings.Repeat("---|", len(present)))
	}
	for _, a := range r.Answers {
		if a.Work == work {
			m.answer(a, present, prepared)
		}
	}
	same, expert, least := r.means(work)
	m.line("")
	text := fmt.Sprintf("Geometric mean: %.2fx with the same schema (least %.2fx)", same, least)
	if expert > 0 {
		text += fmt.Sprintf(", %.2fx than the expert's", expert)
	}
	m.line("%s.", text)
	m.line("")
}

// answer is one line; prepared works have ratios of the experts too.
func (m markdown) answer(a Answer, present []string, prepared bool) {
	if a.Void != "" {
		m.line("| %s | void: %s |", a.Name, strings.ReplaceAll(firstLine(a.Void), "|", "\\|"))
		return
	}
	var cells strings.Builder
	for _, c := range present {
		if t, ok := a.Times[c]; ok {
			fmt.Fprintf(&cells, " %s (%s) |", short(t.MS.Median), short(t.CPUMS))
		} else {
			cells.WriteString(" |")
		}
	}
	if !prepared {
		m.line("| %s |%s %s | %s |", a.Name, cells.String(), ratio(a.Same), times(a.SameCPU))
		return
	}
	m.line("| %s |%s %s | %s | %s | %s | %s | %s | %s |", a.Name, cells.String(), ratio(a.Same), times(a.SameCPU), floor(a.SameFloor, a.Geometric),
		ratio(a.Rollups), ratio(a.Expert), times(a.ExpertCPU), floor(a.ExpFloor, a.Geometric))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// present are the contestants that a work has times of.
func (r *Report) present(work string) []string {
	var list []string
	for _, c := range Contestants() {
		for _, a := range r.Answers {
			if _, ok := a.Times[c]; ok && a.Work == work {
				list = append(list, c)
				break
			}
		}
	}
	return list
}

// means are the geometric means of a work's ratios and the least of the first.
func (r *Report) means(work string) (same, expert, least float64) {
	var x, y []float64
	for _, a := range r.Answers {
		if a.Work != work || a.Void != "" {
			continue
		}
		if a.Same.Median > 0 {
			x = append(x, a.Same.Median)
		}
		if a.Expert.Median > 0 {
			y = append(y, a.Expert.Median)
		}
	}
	if len(x) > 0 {
		least = slices.Min(x)
	}
	return GeometricMean(x), GeometricMean(y), least
}

// short prints three digits.
func short(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

func ratio(s Spread) string {
	if s.Median == 0 {
		return ""
	}
	return fmt.Sprintf("**%sx** ≥ %s", short(s.Median), short(s.Low))
}

func times(x float64) string {
	if x == 0 {
		return ""
	}
	return short(x) + "x"
}

func floor(f float64, geometric bool) string {
	if f == 0 || geometric {
		return ""
	}
	return fmt.Sprintf("%g", f)
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (m markdown) ingest(r *Report) {
	if len(r.Ingest) == 0 {
		return
	}
	m.line("### W1: ingest of JSON")
	m.line("")
	m.line("| system | batch | rollups | fsync | rows/s | CPU µs a row | client | batch p50 ms | p99 | Freshet's rate by this | floor |")
	m.line("|---|---|---|---|---|---|---|---|---|---|---|")
	for _, i := range r.Ingest {
		if i.Void != "" {
			m.line("| %s | void: %s |", i.System, firstLine(i.Void))
			continue
		}
		m.line("| %s | %s | %s | %s | %s | %.2f | %.2f | %s | %s | %s | %s |", i.System, thousands(int64(i.Batch)), yes(i.Rollups), yes(i.Fsync),
			thousands(int64(i.RowsS.Median)), i.CPU, i.ClientCPU, short(i.BatchP50), short(i.BatchP99), ratio(i.Ratio), floor(i.Floor, false))
	}
	m.line("")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (m markdown) points(r *Report) {
	if len(r.Points) == 0 {
		return
	}
	m.line("### W4: one content's last hour by minute")
	m.line("")
	m.line("| system | p50 ms | p90 | p99 | clients | a second | p99 of clients |")
	m.line("|---|---|---|---|---|---|---|")
	for _, p := range r.Points {
		if p.Void != "" {
			m.line("| %s | void: %s |", p.System, firstLine(p.Void))
			continue
		}
		qps, all := "", ""
		if p.QPS > 0 {
			qps, all = thousands(int64(p.QPS)), short(p.P99All)
		}
		m.line("| %s | %s | %s | %s | %d | %s | %s |", p.System, short(p.P50), short(p.P90), short(p.P99), p.Clients, qps, all)
	}
	m.line("")
}

func (m markdown) freshness(r *Report) {
	if len(r.Freshness) > 0 {
		m.line("### Freshness")
		m.line("")
		m.line("Open loop: times count from when rows were due, not from when they could be sent.")
		m.line("")
		m.line("| events/s | sent | errors | unsent | acknowledged p50 ms | p99 | max | seen in | p50 ms | p99 | max | p99 after acknowledged | server cores | RSS GiB | bytes written a row |")
		m.line("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
		for _, f := range r.Freshness {
			for _, l := range f.Seen {
				m.line("| %s | %s | %d | %d | %s | %s | %s | %s | %s | %s | %s | %s | %.2f | %.2f | %.0f |", thousands(f.Rate), thousands(f.Sent), f.Errors, f.Unsent,
					short(f.AckP50), short(f.AckP99), short(f.AckMax), l.Table, short(l.P50), short(l.P99), short(l.Max), short(l.AckP99), f.CPU, gib(f.PeakRSS), f.WrittenB)
			}
		}
		m.line("")
	}
	if len(r.Mixed) == 0 {
		return
	}
	m.line("### Dashboards beside ingest")
	m.line("")
	m.line("| system | events/s | of its most | reached | queries | errors | p50 ms | p99 | max | ingest p99 ms |")
	m.line("|---|---|---|---|---|---|---|---|---|---|")
	for _, x := range r.Mixed {
		m.line("| %s | %s | %.0f %% | %s | %s | %d | %s | %s | %s | %s |", x.System, thousands(x.Rate), 100*x.Share, thousands(int64(x.Reached)),
			thousands(x.Queries), x.Errors, short(x.P50), short(x.P99), short(x.Max), short(x.IngestP99))
	}
	m.line("")
}

func (m markdown) storage(r *Report) {
	if len(r.Storage) == 0 {
		return
	}
	m.line("### W7: bytes per event")
	m.line("")
	m.line("| system | layout | bytes | per event | at most |")
	m.line("|---|---|---|---|---|")
	for _, s := range r.Storage {
		m.line("| %s | %s | %s | %.1f | %s |", s.System, s.Layout, thousands(s.Bytes), s.PerRow, floor(s.Floor, false))
	}
	m.line("")
}

// growth has a line for each figure and a column for each size.
func (m markdown) growth(r *Report) {
	for _, by := range []string{"rows", "clients"} {
		curves := r.curves(by)
		if len(curves) == 0 {
			continue
		}
		sizes := curves[0].at
		m.line("### Growth by %s (Freshet)", by)
		m.line("")
		head, rule := "| |", "|---|"
		for _, at := range sizes {
			head, rule = head+" "+thousands(int64(at))+" |", rule+"---|"
		}
		if by == "rows" {
			m.line("k is the power of the rows by which it grows: 1 is in proportion. Fitted to all sizes, and from the last but one to the last.")
			m.line("")
			head, rule = head+" k | k, last |", rule+"---|---|"
		}
		m.line("%s", head)
		m.line("%s", rule)
		for _, s := range curves {
			var row strings.Builder
			for _, at := range sizes {
				v, ok := s.value(at)
				row.WriteString(" " + map[bool]string{true: short(v)}[ok] + " |")
			}
			if by == "rows" {
				row.WriteString(powers(s))
			}
			m.line("| %s |%s", s.of, row.String())
		}
		m.line("")
	}
	for _, text := range r.scaling() {
		m.line("- %s", text)
	}
	m.line("")
}

func powers(s *series) string {
	all, last, ok := s.exponent()
	if !ok {
		return " | |"
	}
	return fmt.Sprintf(" %.2f | %.2f |", all, last)
}

// shards has the loads with one shard and with several, then the questions.
func (m markdown) shards(r *Report) {
	if len(r.Sharded) == 0 {
		return
	}
	m.line("### One shard and several (Freshet)")
	m.line("")
	m.line("| | load s | rows/s | rollups s | bytes an event | peak RSS after load, GiB | at the end |")
	m.line("|---|---|---|---|---|---|---|")
	for _, s := range r.Sharded {
		m.line("| %s | %.1f | %s | %.1f | %.1f | %.2f | %.2f |", s.Name, s.LoadS, thousands(int64(s.RowsS)), s.ExpertS, s.PerRow, gib(s.LoadPeakRSS), gib(s.PeakRSS))
	}
	m.line("")
	if len(r.Shards) == 0 || len(r.Sharded) < 2 {
		return
	}
	few, many := r.Sharded[0].Name, r.Sharded[1].Name
	m.line("Milliseconds (CPU in brackets); a ratio is the time with %s divided by that with %s, with its lower bound. Both gave the same answers.", many, few)
	m.line("")
	m.line("| question | %s | %s | ratio | %s, rollups | %s, rollups | ratio |", few, many, few, many)
	m.line("|---|---|---|---|---|---|---|")
	for _, a := range r.Shards {
		if a.Void != "" {
			m.line("| %s %s | void: %s | | | | | |", a.Work, a.Name, firstLine(a.Void))
			continue
		}
		cell := func(name string) string {
			t, ok := a.Times[name]
			if !ok {
				return ""
			}
			return fmt.Sprintf("%s (%s)", short(t.MS.Median), short(t.CPUMS))
		}
		m.line("| %s %s | %s | %s | %s | %s | %s | %s |", a.Work, a.Name, cell(few), cell(many), bound(a.Plain), cell(few+", rollups"),
			cell(many+", rollups"), bound(a.Best))
	}
	m.line("")
}

// bound is a ratio with its lower bound, empty when there is none.
func bound(s Spread) string {
	if s.Median == 0 {
		return ""
	}
	return fmt.Sprintf("%.2fx ≥ %.2f", s.Median, s.Low)
}

// missed lists the floors that the lower bounds do not reach.
func (m markdown) missed(r *Report) {
	list := r.Missed()
	if len(list) > 0 {
		m.line("### Floors not reached")
		m.line("")
		if r.Rows != floorRows {
			m.line("The floors are for %s events: with fewer, what a statement takes by itself and the dictionaries weigh more.", thousands(floorRows))
			m.line("")
		}
		for _, s := range list {
			m.line("- %s", s)
		}
		m.line("")
	}
	if len(r.Notes) > 0 {
		m.line("### Notes")
		m.line("")
		for _, s := range r.Notes {
			m.line("- %s", s)
		}
		m.line("")
	}
}

// Missed are the floors that are not shown to be reached.
func (r *Report) Missed() []string {
	var list []string
	for _, a := range r.Answers {
		if a.Void != "" {
			list = append(list, fmt.Sprintf("%s %s: void, %s", a.Work, a.Name, firstLine(a.Void)))
		}
		for _, s := range a.Below() {
			list = append(list, fmt.Sprintf("%s %s, %s", a.Work, a.Name, s))
		}
	}
	for _, a := range r.Shards {
		if a.Void != "" {
			list = append(list, fmt.Sprintf("shards, %s %s: void, %s", a.Work, a.Name, firstLine(a.Void)))
		}
	}
	for _, i := range r.Ingest {
		if i.Floor > 0 && i.Ratio.Low < i.Floor {
			list = append(list, fmt.Sprintf("W1 batches of %s, rollups %s: %.3gx (at least %.3gx) of %gx", thousands(int64(i.Batch)), yes(i.Rollups),
				i.Ratio.Median, i.Ratio.Low, i.Floor))
		}
	}
	for _, s := range r.Storage {
		if s.Floor > 0 && s.PerRow > s.Floor {
			list = append(list, fmt.Sprintf("W7 %s: %.1f bytes an event, at most %g were wanted", s.Layout, s.PerRow, s.Floor))
		}
	}
	list = append(list, r.missedPoints()...)
	for _, f := range r.Freshness {
		for _, l := range f.Seen {
			if f.Floor > 0 && l.AckP99 > f.Floor {
				list = append(list, fmt.Sprintf("freshness at %s events/s, %s: p99 %.0f ms after the acknowledgement of %.0f (%.0f after rows were due)",
					thousands(f.Rate), l.Table, l.AckP99, f.Floor, l.P99))
			}
		}
	}
	for _, s := range r.Systems {
		if s.Name == Freshet && s.PeakRSS > memoryMax {
			list = append(list, fmt.Sprintf("memory: %.2f GiB at most for load and all questions, %d were wanted", gib(s.PeakRSS), memoryMax>>30))
		}
	}
	for _, s := range r.Sharded {
		if s.PeakRSS > memoryMax {
			list = append(list, fmt.Sprintf("memory, %s: %.2f GiB at most for load and all questions, %d were wanted", s.Name, gib(s.PeakRSS), memoryMax>>30))
		}
	}
	return append(list, r.missedMeans()...)
}

// memoryMax is what loading and all questions may take.
const memoryMax = 3 << 30

// Floors of the point query, from the table and from rollups.
const (
	pointP50 = 0.7 // ms
	pointP99 = 2   // ms
	pointQPS = 3000
)

const (
	// leastRatio is what no question of W5 may fall below.
	leastRatio = 0.9
	// floorRows is the number of events that the floors are for.
	floorRows = 10_000_000
)

// missedPoints tells what either way of asking for points misses.
func (r *Report) missedPoints() []string {
	var list []string
	for _, p := range r.Points {
		switch {
		case p.System != Freshet && p.System != FreshetExpert:
			continue
		case p.Void != "":
			list = append(list, fmt.Sprintf("W4 %s: void, %s", p.System, firstLine(p.Void)))
			continue
		case p.P50 > pointP50 || p.P99 > pointP99:
			list = append(list, fmt.Sprintf("W4 %s: p50 %.2f ms and p99 %.2f, %g and %d were wanted", p.System, p.P50, p.P99, pointP50, pointP99))
		}
		if p.QPS < pointQPS {
			list = append(list, fmt.Sprintf("W4 %s: %.0f a second from %d clients, %d were wanted", p.System, p.QPS, p.Clients, pointQPS))
		}
	}
	return list
}

// missedMeans: the scans are held to their geometric mean and a least ratio each.
func (r *Report) missedMeans() []string {
	var list []string
	for _, work := range r.works() {
		want := 0.0
		for _, a := range r.Answers {
			if a.Work == work && a.Geometric {
				want = a.SameFloor
			}
		}
		same, _, least := r.means(work)
		if want > 0 && same < want {
			list = append(list, fmt.Sprintf("%s: geometric mean %.2fx of %gx", work, same, want))
		}
		if want > 0 && work == "W5" && least < leastRatio {
			list = append(list, r.belowLeast(work)...)
		}
	}
	return list
}

// belowLeast names the questions of a work that are slower than any may be.
func (r *Report) belowLeast(work string) []string {
	var list []string
	for _, a := range r.Answers {
		if a.Work == work && a.Same.Median > 0 && a.Same.Median < leastRatio {
			list = append(list, fmt.Sprintf("%s %s: %.2fx, no question below %gx was wanted", work, a.Name, a.Same.Median, leastRatio))
		}
	}
	return list
}
