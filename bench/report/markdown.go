package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes the report as tables.
func (r *Report) Markdown(w io.Writer) error {
	m := &markdown{bufio.NewWriter(w)}
	m.note(r.circumstances())
	m.table(tableOf(r.Systems))
	for _, work := range r.works() {
		m.answers(r, work)
	}
	listed(m, "W1: ingest of JSON", r.Ingest)
	r.sections(m)
	if err := m.b.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// circumstances are what was measured when and where.
func (r *Report) circumstances() string {
	return fmt.Sprintf("%s events, %d turns, %s: %s, %d cores, %.0f GiB, %s.", thousands(r.Rows), r.Rounds, r.Started.UTC().Format("2006-01-02 15:04 UTC"),
		r.Machine.CPU, r.Machine.Cores, gib(r.Machine.Memory), r.Machine.Kernel)
}

// markdown writes Markdown; bufio keeps the first error for Flush.
type markdown struct{ b *bufio.Writer }

func (m *markdown) put(parts ...string) {
	for _, s := range parts {
		_, _ = m.b.WriteString(s)
	}
}

// inline makes of any text one line in which nothing ends a cell or begins a tag.
func inline(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "\\<", "\r\n", " ", "\r", " ", "\n", " ").Replace(s)
}

func (m *markdown) section(title string) { m.put("### ", inline(title), "\n\n") }

func (m *markdown) note(text string) { m.put(inline(text), "\n\n") }

func (m *markdown) plot(func(*page)) {}

func (m *markdown) list(items []string) {
	for _, s := range items {
		m.put("- ", inline(s), "\n")
	}
	m.put("\n")
}

func (m *markdown) table(t table) {
	for i, row := range t {
		m.put("|")
		for _, cell := range row {
			m.put(" ", inline(cell), " |")
		}
		m.put("\n")
		if i == 0 {
			m.put("|", strings.Repeat("---|", len(row)), "\n")
		}
	}
	m.put("\n")
}

func (m *markdown) answers(r *Report, work string) {
	present := r.present(work)
	m.section(work + ": " + about(work))
	m.note("Milliseconds (median of the turns; CPU of the system in brackets). A ratio is ClickHouse's time divided by Freshet's, with its lower bound.")
	prepared := slices.Contains(present, ClickHouseExpert)
	head := join(join([]string{"question"}, present...), "same schema", "by CPU")
	if prepared {
		head = join(head, "floor", "ours with rollups", "experts", "by CPU", "floor")
	}
	t := table{head}
	for _, a := range r.asked(work) {
		row := []string{a.Name}
		if a.Void != "" {
			t.row(a.Name, void+firstLine(a.Void))
			continue
		}
		for _, c := range present {
			row = join(row, took(a.Times, c))
		}
		row = join(row, ratio(a.Same), times(a.SameCPU))
		if prepared {
			row = join(row, floor(a.SameFloor, a.Geometric), ratio(a.Rollups), ratio(a.Expert), times(a.ExpertCPU), floor(a.ExpFloor, a.Geometric))
		}
		t.row(row...)
	}
	m.table(t)
	same, expert, least := r.means(work)
	text := "Geometric mean: " + fixed(same, 2) + "x with the same schema (least " + fixed(least, 2) + "x)"
	if expert > 0 {
		text += ", " + fixed(expert, 2) + "x than the expert's"
	}
	m.note(text + ".")
}
