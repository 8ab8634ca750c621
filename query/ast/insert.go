package ast

// Insert is INSERT INTO.
type Insert struct {
	Span
	Outputs
	// Table or Function is the target.
	Table    *TableName
	Function *FuncCall
	// PartitionBy is the PARTITION BY of a target function.
	PartitionBy Expr
	// Columns are names, Star or Columns; nil if not given.
	Columns  []Expr
	Settings []*Setting
	// Query is set for INSERT ... SELECT.
	Query Query
	// Infile and Compression are FROM INFILE 'path' COMPRESSION 'x'.
	Infile      string
	Compression string
	// Format is the format of the data: Values for INSERT ... VALUES. With a query it is the format of
	// what the query reads by input(); empty if there is no data.
	Format string
	// DataOffset is where the inline data begins in the statement's text, -1 if none can follow.
	// It may equal the text's length: the data then comes by another way.
	DataOffset int
}

func (n *Insert) print(p *printer) {
	p.str("INSERT INTO ")
	if n.Function != nil {
		p.str("FUNCTION ")
		n.Function.print(p)
		p.clause("PARTITION BY", n.PartitionBy)
	} else {
		n.Table.print(p)
	}
	if n.Columns != nil {
		p.str(" (")
		list(p, n.Columns, ", ")
		p.str(")")
	}
	if n.Infile != "" {
		p.str(" FROM INFILE ")
		p.quoted(n.Infile)
		if n.Compression != "" {
			p.str(" COMPRESSION ")
			p.quoted(n.Compression)
		}
	}
	listClause(p, "SETTINGS", n.Settings)
	if n.Query != nil {
		p.str(" ")
		n.Query.print(p)
	}
	if n.Format == "Values" && n.Infile == "" && n.Query == nil {
		p.str(" VALUES")
	} else if n.Format != "" {
		p.str(" FORMAT ")
		p.ident(n.Format)
	}
}
