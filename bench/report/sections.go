package report

// form is what a report is written as, Markdown or a page. It is given texts as they were measured and escapes them.
type form interface {
	section(title string)
	note(text string)
	table(t table)
	list(items []string)
	// plot draws where there are pictures. The table behind it, if one comes before the next section, is its figures.
	plot(draw func(p *page))
}

// sections are what all forms have, in this order.
func (r *Report) sections(f form) {
	listed(f, "W4: one content's last hour by minute", r.Points)
	r.freshness(f)
	listed(f, "Dashboards beside ingest", r.Mixed)
	listed(f, "W7: bytes per event", r.Storage)
	r.sharded(f)
	r.growth(f)
	r.ending(f)
}

// listed is a section with the table of a list, if there is anything in it.
func listed(f form, title string, list any) {
	if t := tableOf(list); len(t) > 0 {
		f.section(title)
		f.table(t)
	}
}

func (r *Report) freshness(f form) {
	type seen struct {
		*Fresh
		*Lag
	}
	var list []seen
	for i := range r.Freshness {
		x := &r.Freshness[i]
		for j := range x.Seen {
			list = append(list, seen{x, &x.Seen[j]})
		}
	}
	listed(f, "Freshness: times count from when rows were due, not from when they could be sent", list)
	f.plot(func(p *page) {
		for i := range r.Freshness {
			x := &r.Freshness[i]
			p.series("resident memory, GiB", x.Samples, func(s *Sample) float64 { return gib(s.RSS) })
			p.series("cores in use", x.Samples, func(s *Sample) float64 { return s.CPU })
		}
	})
}

// sharded has the loads with one shard and with several, then the questions.
func (r *Report) sharded(f form) {
	listed(f, "One shard and several (Freshet)", r.Sharded)
	if len(r.Shards) == 0 || len(r.Sharded) < 2 {
		return
	}
	few, many := r.Sharded[0].Name, r.Sharded[1].Name
	f.plot(func(p *page) { p.pairs(r.Shards, few, many) })
	f.note("Milliseconds (CPU in brackets); a ratio is the time with " + many + " divided by that with " + few + ", with its lower bound. Both gave the same answers.")
	t := table{{"question", few, many, "ratio", few + rollups, many + rollups, "ratio"}}
	for i := range r.Shards {
		a := &r.Shards[i]
		name := a.Work + " " + a.Name
		if a.Void != "" {
			t.row(name, void+firstLine(a.Void))
			continue
		}
		t.row(name, took(a.Times, few), took(a.Times, many), bound(a.Plain), took(a.Times, few+rollups), took(a.Times, many+rollups), bound(a.Best))
	}
	f.table(t)
}

// rollups ends the name of who may read them.
const rollups = ", rollups"

// growth has a line for each figure and a column for each size.
func (r *Report) growth(f form) {
	for _, by := range []string{byRows, byClients} {
		curves := r.curves(by)
		if len(curves) == 0 {
			continue
		}
		f.section("Growth by " + by + " (Freshet)")
		f.plot(func(p *page) { p.growth(curves, by) })
		sizes, head := curves[0].at, []string{""}
		for _, at := range sizes {
			head = join(head, thousands(int64(at)))
		}
		if by == byRows {
			f.note("k is the power of the rows by which it grows: 1 is in proportion. Fitted to all sizes, and from the last but one to the last.")
			head = join(head, "k", "k, last")
		}
		t := table{head}
		for _, s := range curves {
			row := []string{s.of}
			for _, at := range sizes {
				text := ""
				if v, ok := s.value(at); ok {
					text = short(v)
				}
				row = join(row, text)
			}
			if all, last, ok := s.exponent(); ok && by == byRows {
				row = join(row, fixed(all, 2), fixed(last, 2))
			}
			t.row(row...)
		}
		f.table(t)
	}
	f.list(r.scaling())
}

// ending lists the floors that the lower bounds do not reach, and the notes.
func (r *Report) ending(f form) {
	if list := r.Missed(); len(list) > 0 {
		f.section("Floors not reached")
		if r.Rows != floorRows {
			f.note("The floors are for " + thousands(floorRows) + " events: with fewer, what a statement takes by itself and the dictionaries weigh more.")
		}
		f.list(list)
	}
	if len(r.Notes) > 0 {
		f.section("Notes")
		f.list(r.Notes)
	}
}

// about names works.
func about(work string) string {
	switch work {
	case "W2":
		return "TopN"
	case "W3":
		return "unique visitors"
	case "W5":
		return "seventeen scans"
	case "W6":
		return "funnels and retention"
	case "ClickBench":
		return "43 questions on generated hits"
	case "SSB":
		return "star schema, flat"
	default:
		return "questions"
	}
}
