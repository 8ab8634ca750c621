package report

import (
	"fmt"
	"math"
)

// Geometry of the bars.
const (
	barLeft  = 300.0
	barRight = 1000.0
	barStep  = 34.0
)

const (
	dark  = "#3b82c4"
	light = "#93bce0"
	faint = "#8886"
)

// drawable is what has a place on a logarithmic axis.
func drawable(v float64) bool { return v > 0 && v < 1e15 }

// share is v as a part of the whole, between 0 and 1 whatever they are.
func share(v, whole float64) float64 {
	if s := v / whole; s > 0 {
		return min(s, 1)
	}
	return 0
}

// scale is logarithmic: from powers of ten to places.
type scale struct{ low, high, from, to float64 }

// newScale is one between two powers of ten, without any if no value has a place.
func newScale(values []float64, from, to float64) scale {
	s := scale{math.Inf(1), math.Inf(-1), from, to}
	for _, v := range values {
		if drawable(v) {
			e := math.Log10(v)
			s.low = min(s.low, math.Floor(e))
			s.high = max(s.high, math.Ceil(e), s.low+1)
		}
	}
	return s
}

func (s scale) at(v float64) float64 { return s.atPower(math.Log10(v)) }

func (s scale) atPower(e float64) float64 { return s.from + share(e-s.low, s.high-s.low)*(s.to-s.from) }

// line draws from one place to another; how says with what stroke.
func (p *page) line(x1, y1, x2, y2 float64, how string) {
	p.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`, x1, y1, x2, y2, how)
}

// word writes at a place; how is the rest of its attributes.
func (p *page) word(x, y float64, how, s string) {
	p.put(`<text x="%.1f" y="%.1f"%s>%s</text>`, x, y, how, text(s))
}

const (
	toTheLeft = ` text-anchor="end"`
	centred   = ` text-anchor="middle" opacity=".75"`
)

// svg opens a drawing; the caller closes it by endSVG.
func (p *page) svg(width, height float64, name string) {
	p.put(`<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, text(name))
}

const endSVG = `</svg>`

// bars opens a drawing with an axis above.
func (p *page) bars(s scale, lines int, name, unit string) {
	height := 24 + barStep*float64(lines)
	p.put(`<div>`)
	p.svg(1080, height, name)
	for e := s.low; e <= s.high; e++ {
		x := s.atPower(e)
		p.line(x, 14, x, height, faint)
		p.word(x, 11, centred, fmt.Sprintf("%g%s", math.Pow(10, e), unit))
	}
}

// ratios draws how many times faster Freshet is: same schema above, experts below;
// a tick is the floor, a whisker the range of the median.
func (p *page) ratios(r *Report, work string) {
	var list []*Answer
	values := []float64{0.5, 2}
	for _, a := range r.asked(work) {
		if a.Void == "" {
			list = append(list, a)
			values = append(values, a.Same.Low, a.Same.High, a.Expert.Low, a.Expert.High)
		}
	}
	if len(list) == 0 {
		return
	}
	s := newScale(values, barLeft, barRight)
	p.bars(s, len(list), "ratios of "+work, "x")
	p.line(s.at(1), 14, s.at(1), 24+barStep*float64(len(list)), "currentColor")
	for i, a := range list {
		y := 22 + barStep*float64(i)
		p.word(barLeft-8, y+14, toTheLeft, label(a.Name, 38))
		p.bar(s, y, &a.Same, a.SameFloor, dark, a.Geometric)
		p.bar(s, y+12, &a.Expert, a.ExpFloor, light, a.Geometric)
	}
	p.put(endSVG + `</div>`)
	p.note("Times as fast as ClickHouse: dark, both with the same schema; light, both in the best layout known. Whiskers are the range of the median, red ticks the floors.")
}

// label cuts a name to what fits beside a drawing.
func label(name string, most int) string {
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return name
}

func (p *page) bar(s scale, y float64, v *Spread, floor float64, colour string, geometric bool) {
	if !drawable(v.Median) {
		return
	}
	from, to := s.at(1), s.at(v.Median)
	p.rect(min(from, to), y, math.Abs(to-from), colour)
	p.line(s.at(v.Low), y+5, s.at(v.High), y+5, "#77828d")
	p.word(max(from, s.at(v.High))+4, y+9, "", short(v.Median)+"x")
	if floor > 0 && !geometric {
		p.line(s.at(floor), y-1, s.at(floor), y+11, `#d0453c" stroke-width="2`)
	}
}

func (p *page) rect(x, y, width float64, colour string) {
	p.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="10" fill="%s"/>`, x, y, width, colour)
}

func (p *page) ingest(r *Report) {
	if len(r.Ingest) == 0 {
		return
	}
	most := 1.0
	for i := range r.Ingest {
		most = max(most, r.Ingest[i].RowsS.Median)
	}
	p.section("W1: ingest of JSON, rows a second")
	p.put(`<div>`)
	p.svg(1080, 24*float64(len(r.Ingest)+1), "ingest")
	for n := range r.Ingest {
		i := &r.Ingest[n]
		y, width := 8+24*float64(n), share(i.RowsS.Median, most)*(barRight-barLeft)
		colour := light
		if i.System == Freshet {
			colour = dark
		}
		p.word(barLeft-8, y+9, toTheLeft, i.System+", "+thousands(int64(i.Batch))+" a batch"+with(i.Rollups, rollups)+with(i.Fsync, ", fsync"))
		p.rect(barLeft, y, width, colour)
		p.word(barLeft+width+4, y+9, "", thousands(int64(i.RowsS.Median)))
	}
	p.put(endSVG + `</div>`)
}

func with(yes bool, what string) string {
	if yes {
		return what
	}
	return ""
}

// series draws what the server used while time went by.
func (p *page) series(name string, samples []Sample, of func(*Sample) float64) {
	if len(samples) < 2 {
		return
	}
	top, last := 0.0, samples[len(samples)-1].At
	for i := range samples {
		top = max(top, of(&samples[i]))
	}
	p.put(`<div>`)
	p.svg(1080, 140, name)
	p.word(40, 14, "", name+": at most "+fixed(top, 2)+", over "+fixed(last, 0)+" s")
	var path []byte
	for i := range samples {
		s := &samples[i]
		path = point(path, 40+1000*share(s.At, last), 130-105*share(of(s), top))
	}
	p.path(path, dark)
	p.put(endSVG + `</div>`)
}

func point(path []byte, x, y float64) []byte { return fmt.Appendf(path, " %.1f,%.1f", x, y) }

func (p *page) path(points []byte, colour string) {
	p.put(`<polyline fill="none" stroke="%s" stroke-width="1.5" points="%s"/>`, colour, points)
}

// dot marks a figure; its title is what a pointer over it shows.
func (p *page) dot(x, y float64, colour, title string) {
	p.put(`<circle cx="%.1f" cy="%.1f" r="3.5" stroke="%s"><title>%s</title></circle>`, x, y, colour, text(title))
}

// pairs draws each question's time with few shards as a ring and with many as a disc.
func (p *page) pairs(list []ShardAnswer, few, many string) {
	var names []string
	var values []float64
	for i := range list {
		if a := &list[i]; a.Void == "" {
			names = join(names, a.Work+" "+a.Name)
			for _, of := range []string{"", rollups} {
				values = append(values, a.Times[few+of].MS.Median, a.Times[many+of].MS.Median)
			}
		}
	}
	s := newScale(values, barLeft, barRight)
	if s.low > s.high {
		return
	}
	p.bars(s, len(names), "times with "+few+" and "+many, " ms")
	for i := range values {
		place := 27 + barStep*float64(i/4) + 6*float64(i%4)
		switch i % 4 {
		case 0:
			p.word(barLeft-8, place+9, toTheLeft, label(names[i/4], 44))
			p.pair(s, values[i:], place, dark)
		case 2:
			p.pair(s, values[i:], place, light)
		}
	}
	p.put(endSVG + `</div>`)
	p.note("Rings are " + few + ", discs " + many + "; dark from the table, light from rollups.")
}

// pair draws the first two values, if both have a place.
func (p *page) pair(s scale, values []float64, place float64, colour string) {
	few, many := values[0], values[1]
	if !drawable(few) || !drawable(many) {
		return
	}
	x, y := s.at(few), s.at(many)
	p.line(x, place, y, place, colour)
	p.dot(x, place, colour+`" fill="none`, short(few)+" ms")
	p.dot(y, place, colour+`" fill="`+colour, short(many)+" ms")
	p.word(max(x, y)+8, place+4, "", short(many/few)+"x")
}
