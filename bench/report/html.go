package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"
)

// HTML writes one page with everything in it: plots as SVG, tables, no scripts and
// nothing from elsewhere.
func (r *Report) HTML(w io.Writer) error {
	p := &page{b: bufio.NewWriter(w)}
	p.put(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Freshet, measured</title>
<style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem;background:#fff;color:#1c2733}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}table{border-collapse:collapse;font-size:.85rem;width:100%%}
td,th{padding:.2rem .5rem;border-bottom:1px solid #8884;text-align:right}td:first-child,th:first-child{text-align:left}
div{overflow-x:auto}svg{display:block;margin:.6rem 0;width:100%%;min-width:720px;height:auto;font:12px system-ui,sans-serif;fill:currentColor;stroke-linecap:round}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%%,440px),1fr));gap:1rem}.pair svg{min-width:380px}
.miss{color:#d0453c}.miss,td.miss{text-align:left}.note{opacity:.75;font-size:.9rem}summary{margin:.5rem 0;cursor:pointer}
@media(prefers-color-scheme:dark){body{background:#12181f;color:#d8e0e8}}
</style><h1>Freshet beside its peers</h1><p>%s</p>`, text(r.circumstances()))
	p.table(tableOf(r.Systems))
	for _, work := range r.works() {
		p.section(work + ": " + about(work))
		p.ratios(r, work)
		p.times(r, work)
	}
	p.ingest(r)
	r.sections(p)
	p.put(`</html>`)
	if err := p.b.Flush(); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// page writes HTML; bufio keeps the first error for Flush.
type page struct {
	b *bufio.Writer
	// drawn is whether the section has a plot: tables behind it open at a click.
	drawn bool
}

func (p *page) put(format string, args ...any) { _, _ = fmt.Fprintf(p.b, format+"\n", args...) }

func text(s string) string { return html.EscapeString(s) }

func (p *page) section(title string) {
	p.drawn = false
	p.put(`<h2>%s</h2>`, text(title))
}

func (p *page) note(s string) { p.put(`<p class="note">%s</p>`, text(s)) }

func (p *page) plot(draw func(*page)) {
	draw(p)
	p.drawn = true
}

func (p *page) list(items []string) {
	p.put(`<ul>`)
	for _, s := range items {
		p.put(`<li>%s`, text(s))
	}
	p.put(`</ul>`)
}

func (p *page) table(t table) {
	p.put(with(p.drawn, `<details><summary>Figures</summary>`) + `<div><table>`)
	for i, row := range t {
		p.put(`<tr>`)
		for _, cell := range row {
			tag := "td"
			if i == 0 {
				tag = "th"
			} else if strings.HasPrefix(cell, void) {
				tag = fmt.Sprintf(`td class="miss" colspan="%d"`, len(t[0]))
			}
			p.put(`<%s>%s`, tag, text(cell))
		}
		p.put(`</tr>`)
	}
	p.put(`</table></div>` + with(p.drawn, `</details>`))
}

// times are a work's, with the statements as titles.
func (p *page) times(r *Report, work string) {
	present := r.present(work)
	p.put(`<div><table><tr><th>milliseconds`)
	for _, c := range present {
		p.put(`<th>%s`, text(c))
	}
	p.put(`</tr>`)
	for _, a := range r.asked(work) {
		p.put(`<tr><td>%s`, text(a.Name))
		if a.Void != "" {
			p.put(`<td class="miss" colspan="%d">%s</tr>`, max(len(present), 1), text(void+firstLine(a.Void)))
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
	p.put(`</table></div>`)
}
