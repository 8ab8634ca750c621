package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
)

// HTML writes one page with everything in it: plots as SVG, tables, no scripts and
// nothing from elsewhere.
func (r *Report) HTML(w io.Writer) error {
	p := page{bufio.NewWriter(w)}
	p.put(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Freshet, measured</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem;color:#1c2733}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}table{border-collapse:collapse;font-size:.85rem;width:100%%}
td,th{padding:.2rem .5rem;border-bottom:1px solid #dde3ea;text-align:right}td:first-child,th:first-child{text-align:left}
svg{width:100%%;height:auto;font:12px system-ui,sans-serif}.miss{color:#b3261e}.note{color:#5b6875;font-size:.9rem}
</style><h1>Freshet beside its peers</h1><p>%s events, %d turns of each question, %s. %s, %d cores, %.0f GiB, %s, %s.</p>`,
		thousands(r.Rows), r.Rounds, r.Started.UTC().Format("2006-01-02 15:04 UTC"), text(r.Machine.CPU), r.Machine.Cores, gib(r.Machine.Memory),
		text(r.Machine.Kernel), text(r.Machine.GoVer))
	p.systems(r)
	for _, work := range r.works() {
		p.put(`<h2>%s: %s</h2>`, text(work), text(about(work)))
		p.ratios(r, work)
		p.times(r, work)
	}
	p.ingest(r)
	p.live(r)
	p.rest(r)
	p.put(`</html>`)
	if err := p.b.Flush(); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// page writes HTML; bufio keeps the first error for Flush.
type page struct{ b *bufio.Writer }

func (p page) put(format string, args ...any) { _, _ = fmt.Fprintf(p.b, format+"\n", args...) }

func text(s string) string { return html.EscapeString(s) }

func (p page) systems(r *Report) {
	p.put(`<table><tr><th>system<th>version<th>load s<th>expert's layout s<th>peak RSS GiB</tr>`)
	for _, s := range r.Systems {
		p.put(`<tr><td>%s<td>%s<td>%.1f<td>%.1f<td>%.2f</tr>`, text(s.Name), text(s.Version), s.LoadS, s.ExpertS, gib(s.PeakRSS))
	}
	p.put(`</table>`)
}

// Geometry of the bars.
const (
	barLeft  = 300.0
	barRight = 1000.0
	barStep  = 34.0
)

// scale is logarithmic between two powers of ten.
type scale struct{ low, high float64 }

func newScale(values []float64) scale {
	s := scale{-1, 1}
	for _, v := range values {
		if v > 0 {
			s.low = min(s.low, math.Floor(math.Log10(v)))
			s.high = max(s.high, math.Ceil(math.Log10(v)))
		}
	}
	return s
}

func (s scale) at(v float64) float64 {
	share := (math.Log10(max(v, 1e-9)) - s.low) / (s.high - s.low)
	return barLeft + min(max(share, 0), 1)*(barRight-barLeft)
}

func (p page) axis(s scale, height float64, unit string) {
	for e := s.low; e <= s.high; e++ {
		x := s.at(math.Pow(10, e))
		p.put(`<line x1="%.1f" y1="14" x2="%.1f" y2="%.1f" stroke="#dde3ea"/><text x="%.1f" y="11" text-anchor="middle" fill="#5b6875">%g%s</text>`,
			x, x, height, x, math.Pow(10, e), unit)
	}
}

// ratios draws how many times faster Freshet is: same schema above, experts below;
// a tick is the floor, a whisker the range of the median.
func (p page) ratios(r *Report, work string) {
	var list []Answer
	values := []float64{0.5, 2}
	for _, a := range r.Answers {
		if a.Work == work && a.Void == "" {
			list = append(list, a)
			values = append(values, a.Same.Low, a.Same.High, a.Expert.Low, a.Expert.High)
		}
	}
	if len(list) == 0 {
		return
	}
	s, height := newScale(values), 24+barStep*float64(len(list))
	p.put(`<svg viewBox="0 0 1080 %.0f" role="img" aria-label="ratios of %s">`, height, text(work))
	p.axis(s, height, "x")
	one := s.at(1)
	p.put(`<line x1="%.1f" y1="14" x2="%.1f" y2="%.1f" stroke="#1c2733"/>`, one, one, height)
	for i, a := range list {
		y := 22 + barStep*float64(i)
		p.put(`<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`, barLeft-8, y+14, text(label(a.Name)))
		p.bar(s, y, a.Same, a.SameFloor, "#2f6fab", a.Geometric)
		p.bar(s, y+12, a.Expert, a.ExpFloor, "#8fb8dc", a.Geometric)
	}
	p.put(`</svg><p class="note">Times as fast as ClickHouse: dark, both with the same schema; light, both in the best layout known. Whiskers are the range of the median, red ticks the floors.</p>`)
}

// label cuts a name to what fits beside the bars.
func label(name string) string {
	const most = 38
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return name
}

func (p page) bar(s scale, y float64, v Spread, floor float64, colour string, geometric bool) {
	if v.Median <= 0 {
		return
	}
	from, to := s.at(1), s.at(v.Median)
	p.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="10" fill="%s"/>`, min(from, to), y, math.Abs(to-from), colour)
	p.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#1c2733"/>`, s.at(v.Low), y+5, s.at(v.High), y+5)
	p.put(`<text x="%.1f" y="%.1f" fill="#1c2733">%sx</text>`, max(from, s.at(v.High))+4, y+9, short(v.Median))
	if floor > 0 && !geometric {
		p.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#b3261e" stroke-width="2"/>`, s.at(floor), y-1, s.at(floor), y+11)
	}
}

func (p page) times(r *Report, work string) {
	present := r.present(work)
	p.put(`<table><tr><th>milliseconds`)
	for _, c := range present {
		p.put(`<th>%s`, text(c))
	}
	p.put(`</tr>`)
	for _, a := range r.Answers {
		if a.Work != work {
			continue
		}
		p.put(`<tr><td>%s`, text(a.Name))
		if a.Void != "" {
			p.put(`<td class="miss" colspan="%d">void: %s</tr>`, max(len(present), 1), text(firstLine(a.Void)))
			continue
		}
		for _, c := range present {
			if t, ok := a.Times[c]; ok {
				p.put(`<td title="%s">%s`, text(t.SQL), short(t.MS.Median))
			} else {
				p.put(`<td>`)
			}
		}
		p.put(`</tr>`)
	}
	p.put(`</table>`)
}

func (p page) ingest(r *Report) {
	if len(r.Ingest) == 0 {
		return
	}
	most := 1.0
	for _, i := range r.Ingest {
		most = max(most, i.RowsS.High)
	}
	height := 24 * float64(len(r.Ingest)+1)
	p.put(`<h2>W1: ingest of JSON, rows a second</h2><svg viewBox="0 0 1080 %.0f" role="img" aria-label="ingest">`, height)
	for n, i := range r.Ingest {
		y, width := 8+24*float64(n), (barRight-barLeft)*i.RowsS.Median/most
		name := fmt.Sprintf("%s, %s a batch%s%s", i.System, thousands(int64(i.Batch)), with(i.Rollups, ", rollups"), with(i.Fsync, ", fsync"))
		colour := "#8fb8dc"
		if i.System == Freshet {
			colour = "#2f6fab"
		}
		p.put(`<text x="%.1f" y="%.1f" text-anchor="end">%s</text><rect x="%.1f" y="%.1f" width="%.1f" height="14" fill="%s"/><text x="%.1f" y="%.1f">%s</text>`,
			barLeft-8, y+11, text(name), barLeft, y, width, colour, barLeft+width+4, y+11, thousands(int64(i.RowsS.Median)))
	}
	p.put(`</svg>`)
}

func with(yes bool, what string) string {
	if yes {
		return what
	}
	return ""
}

// live draws what the server used while rows came in.
func (p page) live(r *Report) {
	for _, f := range r.Freshness {
		p.put(`<h2>Freshness at %s events a second</h2><table><tr><th>seen in<th>p50 ms<th>p99<th>max<th>p99 after acknowledged</tr>`, thousands(f.Rate))
		for _, l := range f.Seen {
			p.put(`<tr><td>%s<td>%s<td>%s<td>%s<td>%s</tr>`, text(l.Table), short(l.P50), short(l.P99), short(l.Max), short(l.AckP99))
		}
		p.put(`</table><p class="note">Acknowledged p50 %s, p99 %s, max %s ms after rows were due; %d errors.</p>`, short(f.AckP50), short(f.AckP99), short(f.AckMax), f.Errors)
		p.series("resident memory, GiB", f.Samples, func(s Sample) float64 { return gib(s.RSS) })
		p.series("cores in use", f.Samples, func(s Sample) float64 { return s.CPU })
	}
}

func (p page) series(name string, samples []Sample, of func(Sample) float64) {
	if len(samples) < 2 {
		return
	}
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	top, last := max(slices.Max(values), 1e-9), samples[len(samples)-1].At
	p.put(`<svg viewBox="0 0 1080 140" role="img" aria-label="%s"><text x="40" y="14">%s: at most %.2f, over %.0f s</text><polyline fill="none" stroke="#2f6fab" stroke-width="1.5" points="`,
		text(name), text(name), top, last)
	for i, s := range samples {
		p.put(`%.1f,%.1f`, 40+1000*s.At/last, 130-105*values[i]/top)
	}
	p.put(`"/></svg>`)
}

func (p page) rest(r *Report) {
	if len(r.Points) > 0 {
		p.put(`<h2>W4: one content's last hour</h2><table><tr><th>system<th>p50 ms<th>p99<th>a second<th>p99 of clients</tr>`)
		for _, x := range r.Points {
			p.put(`<tr><td>%s %s<td>%s<td>%s<td>%.0f<td>%s</tr>`, text(x.System), text(firstLine(x.Void)), short(x.P50), short(x.P99), x.QPS, short(x.P99All))
		}
		p.put(`</table>`)
	}
	if len(r.Storage) > 0 {
		p.put(`<h2>W7: bytes an event</h2><table><tr><th>system<th>layout<th>bytes</tr>`)
		for _, x := range r.Storage {
			p.put(`<tr><td>%s<td>%s<td>%.1f</tr>`, text(x.System), text(x.Layout), x.PerRow)
		}
		p.put(`</table>`)
	}
	if len(r.Mixed) > 0 {
		p.put(`<h2>Dashboards beside ingest</h2><table><tr><th>system<th>events a second<th>reached<th>queries<th>p50 ms<th>p99<th>ingest p99</tr>`)
		for _, x := range r.Mixed {
			p.put(`<tr><td>%s<td>%s<td>%s<td>%d<td>%s<td>%s<td>%s</tr>`, text(x.System), thousands(x.Rate), thousands(int64(x.Reached)), x.Queries,
				short(x.P50), short(x.P99), short(x.IngestP99))
		}
		p.put(`</table>`)
	}
	p.shards(r)
	p.growth(r)
	p.list("Floors not reached", r.Missed())
	p.list("Notes", r.Notes)
}

func (p page) shards(r *Report) {
	if len(r.Sharded) == 0 {
		return
	}
	p.put(`<h2>One shard and several (Freshet)</h2><table><tr><th>shards<th>rows a second<th>rollups s<th>bytes an event<th>peak RSS GiB</tr>`)
	for _, s := range r.Sharded {
		p.put(`<tr><td>%d<td>%s<td>%.1f<td>%.1f<td>%.2f</tr>`, s.Shards, thousands(int64(s.RowsS)), s.ExpertS, s.PerRow, gib(s.PeakRSS))
	}
	p.put(`</table><table><tr><th>question<th>several by one<th>with rollups</tr>`)
	for _, a := range r.Shards {
		p.put(`<tr><td>%s %s %s<td>%s<td>%s</tr>`, text(a.Work), text(a.Name), text(firstLine(a.Void)), bound(a.Plain), bound(a.Best))
	}
	p.put(`</table>`)
}

func (p page) growth(r *Report) {
	for _, by := range []string{"rows", "clients"} {
		curves := r.curves(by)
		if len(curves) == 0 {
			continue
		}
		p.put(`<h2>Growth by %s (Freshet)</h2><table><tr><th>what`, by)
		for _, at := range curves[0].at {
			p.put(`<th>%s`, thousands(int64(at)))
		}
		p.put(`<th>power</tr>`)
		for _, s := range curves {
			p.put(`<tr><td>%s`, text(s.of))
			for _, at := range curves[0].at {
				v, _ := s.value(at)
				p.put(`<td>%s`, short(v))
			}
			k, _, _ := s.exponent()
			p.put(`<td>%.2f</tr>`, k)
		}
		p.put(`</table>`)
	}
	p.list("Where clients stop helping", r.scaling())
}

func (p page) list(head string, items []string) {
	if len(items) == 0 {
		return
	}
	p.put(`<h2>%s</h2><ul>`, text(head))
	for _, s := range items {
		p.put(`<li>%s`, text(s))
	}
	p.put(`</ul>`)
}
