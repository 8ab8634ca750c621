package report

import (
	"fmt"
	"math"
	"slices"
)

// Geometry of a drawing of curves: names stand to its right, each at the height where its curve ends.
const (
	curveLeft  = 44.0
	curveRight = 290.0
	curveTop   = 26.0
	curveStep  = 15.0 // from name to name
	tickStep   = 30.0 // the least from size to size
)

// palette has eight colours of seven letters.
const palette = dark + "#d9822b#3f9b63#c8453c#8f6fc0#a07c30#cc5f97#5a8f9f"

// growth draws the curves, those of one unit together.
func (p *page) growth(curves []*series, by string) {
	p.put(`<div class="pair">`)
	drawn := map[string]bool{}
	for i, c := range curves {
		if unit, _ := c.unit(by); !drawn[unit] {
			drawn[unit] = true
			p.curves(curves[i:], by, unit)
		}
	}
	p.put(`</div>`)
	p.note("Both axes are logarithmic; dashed lines are in proportion to the " + by + ".")
}

// ending is where a curve ends and what stands beside it.
type ending struct {
	x, y, place  float64
	text, colour string
}

// curves draws those of a unit. Figures without a place on the axes are left out, and a drawing without any.
func (p *page) curves(curves []*series, by, unit string) {
	var ats, values []float64
	var list []*series
	for _, c := range curves {
		if of, _ := c.unit(by); of == unit {
			list = append(list, c)
			values = append(values, c.values...)
			for i, at := range c.at {
				if drawable(at) && drawable(c.values[i]) {
					ats = append(ats, at)
				}
			}
		}
	}
	bottom := curveTop + max(150, curveStep*float64(len(list)))
	if len(ats) == 0 {
		return
	}
	ats = slices.Sorted(slices.Values(ats))
	x, y := scale{math.Log10(ats[0]), math.Log10(ats[len(ats)-1]), curveLeft, curveRight}, newScale(values, bottom, curveTop)
	p.svg(540, bottom+20, unit+" by "+by)
	p.word(2, 12, ` font-weight="600"`, unit+" by "+by)
	p.grid(x, y, ats)
	var ends []ending
	for i, c := range list {
		if e := p.curve(c, x, y, palette[i%8*7:][:7]); e.colour != "" {
			_, name := c.unit(by)
			e.text = label(name, 30)
			if k, _, ok := c.exponent(); ok && by == byRows {
				e.text += ", k " + fixed(k, 2)
			}
			ends = append(ends, e)
		}
	}
	p.names(ends, bottom)
	p.put(endSVG)
}

// grid draws powers of ten, the sizes, which are in order, that there is room for, and what grows in proportion.
func (p *page) grid(x, y scale, ats []float64) {
	for e := y.low; e <= y.high; e++ {
		p.line(curveLeft, y.atPower(e), curveRight, y.atPower(e), faint)
		p.word(curveLeft-6, y.atPower(e)+4, toTheLeft, fmt.Sprintf("%g", math.Pow(10, e)))
		if d := min(y.high-e, x.high-x.low); d > 0 {
			p.line(x.from, y.atPower(e), x.atPower(x.low+d), y.atPower(e+d), `#888" stroke-opacity=".7" stroke-dasharray="3 4`)
		}
	}
	next := 0.0
	for _, at := range ats {
		if place := x.at(at); place >= next {
			next = place + tickStep
			p.line(place, curveTop, place, y.from, faint)
			p.word(place, y.from+15, centred, size(at))
		}
	}
}

// size is a number in three digits.
func size(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.3gM", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.3gk", n/1e3)
	default:
		return fmt.Sprintf("%.4g", n)
	}
}

// curve draws one; the ending is empty if it has no figure with a place.
func (p *page) curve(c *series, x, y scale, colour string) (e ending) {
	var points []byte
	n := 0
	for i, at := range c.at {
		if v := c.values[i]; drawable(at) && drawable(v) {
			e = ending{x: x.at(at), y: y.at(v), colour: colour}
			points = point(points, e.x, e.y)
			p.dot(e.x, e.y, colour+`" fill="`+colour, c.of+" at "+thousands(int64(at))+": "+short(v))
			n++
		}
	}
	if n > 1 {
		p.path(points, colour)
	}
	return e
}

// names writes beside the curves what they are, moved apart where they would meet.
func (p *page) names(ends []ending, bottom float64) {
	for i := range ends {
		for j := i; j > 0 && ends[j-1].y > ends[j].y; j-- {
			ends[j-1], ends[j] = ends[j], ends[j-1]
		}
	}
	low := 0.0
	for i := range ends {
		low = max(low+curveStep, ends[i].y)
		ends[i].place = low
	}
	for n := range ends {
		i := len(ends) - 1 - n
		bottom = min(bottom, ends[i].place)
		p.line(ends[i].x+6, ends[i].y, curveRight+12, bottom, ends[i].colour+`" stroke-opacity=".5`)
		p.word(curveRight+16, bottom+4, "", ends[i].text)
		bottom -= curveStep
	}
}
