package ast

// ViewKind is the kind of a view.
type ViewKind uint8

// The kinds of a view.
const (
	PlainView ViewKind = iota
	MaterializedView
	LiveView
	WindowView
)

// CreateView is CREATE [MATERIALIZED] VIEW.
type CreateView struct {
	Span
	Outputs
	Create
	Kind ViewKind
	// Columns is nil if not given.
	Columns *ColumnList
	Refresh *Refresh
	// To is the target table of a materialized view.
	To *TableName
	// ToInnerUUID is TO INNER UUID 'x', which ATTACH writes.
	ToInnerUUID string
	Storage     *Storage
	Populate    bool
	Empty       bool
	Definer     *Definer
	Query       Query
	Comment     string
}

func (n *CreateView) print(p *printer) {
	n.printHead(p, [...]string{"VIEW", "MATERIALIZED VIEW", "LIVE VIEW", "WINDOW VIEW"}[n.Kind])
	if n.Refresh != nil {
		n.Refresh.print(p)
	}
	if n.To != nil {
		p.str(" TO ")
		n.To.print(p)
	}
	if n.ToInnerUUID != "" {
		p.str(" TO INNER UUID ")
		p.quoted(n.ToInnerUUID)
	}
	if n.Columns != nil {
		p.str(" ")
		n.Columns.print(p)
	}
	if n.Storage != nil {
		n.Storage.print(p)
	}
	if n.Definer != nil {
		n.Definer.print(p)
	}
	if n.Populate {
		p.str(" POPULATE")
	}
	if n.Empty {
		p.str(" EMPTY")
	}
	printComment(p, n.Comment)
	if n.Query != nil {
		p.str(" AS ")
		n.Query.print(p)
	}
}

// Definer is DEFINER = user SQL SECURITY DEFINER|INVOKER|NONE.
type Definer struct {
	Span
	// User is empty if not given; CurrentUser is DEFINER = CURRENT_USER.
	User        string
	CurrentUser bool
	// Security is DEFINER, INVOKER, NONE, or empty if not given.
	Security string
}

func (n *Definer) print(p *printer) {
	switch {
	case n.CurrentUser:
		p.str(" DEFINER = CURRENT_USER")
	case n.User != "":
		p.str(" DEFINER = ")
		p.ident(n.User)
	}
	if n.Security != "" {
		p.str(" SQL SECURITY ", n.Security)
	}
}

// Refresh is REFRESH EVERY|AFTER period ... of a refreshable view.
type Refresh struct {
	Span
	// After is REFRESH AFTER; otherwise REFRESH EVERY.
	After     bool
	Period    []*Interval
	Offset    []*Interval
	Randomize []*Interval
	DependsOn []*TableName
	Settings  []*Setting
	Append    bool
}

func (n *Refresh) print(p *printer) {
	if n.After {
		p.str(" REFRESH AFTER")
	} else {
		p.str(" REFRESH EVERY")
	}
	printPeriod(p, n.Period)
	if len(n.Offset) > 0 {
		p.str(" OFFSET")
		printPeriod(p, n.Offset)
	}
	if len(n.Randomize) > 0 {
		p.str(" RANDOMIZE FOR")
		printPeriod(p, n.Randomize)
	}
	listClause(p, "DEPENDS ON", n.DependsOn)
	listClause(p, "SETTINGS", n.Settings)
	if n.Append {
		p.str(" APPEND")
	}
}

// printPeriod writes 1 DAY 2 HOUR.
func printPeriod(p *printer, parts []*Interval) {
	for _, i := range parts {
		p.str(" ")
		i.Value.print(p)
		p.word(upper(i.Unit.String()))
	}
}
