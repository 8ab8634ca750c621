package ast

// Ident is a column, table or alias name, possibly compound: a.b.c.
type Ident struct {
	Base
	// Parts are the unquoted components. A part given by a query parameter is empty here and
	// stands in Params under the same index.
	Parts []string
	// Params is nil unless a component is {name:Identifier}.
	Params []*Param
}

// Name returns the identifier when it has one component, else "".
func (n *Ident) Name() string {
	if len(n.Parts) == 1 {
		return n.Parts[0]
	}
	return ""
}

func (n *Ident) print(p *printer) {
	p.open(&n.Base)
	for i, part := range n.Parts {
		if i > 0 {
			p.str(".")
		}
		if i < len(n.Params) && n.Params[i] != nil {
			n.Params[i].print(p)
			continue
		}
		printPart(p, part, i)
	}
	p.close(&n.Base)
}

// printPart writes a component; JSON's sub-object a.^b and typed path a.:Int64 keep their marks.
func printPart(p *printer, part string, i int) {
	if i > 0 && len(part) > 1 && (part[0] == '^' || part[0] == ':') {
		p.str(part[:1], quote(part[1:], '`'))
		return
	}
	p.ident(part)
}

// Param is a query parameter: {name:Type}.
type Param struct {
	Base
	Name string
	Type *Type
}

func (n *Param) print(p *printer) {
	p.open(&n.Base)
	p.str("{", n.Name, ":")
	n.Type.print(p)
	p.str("}")
	p.close(&n.Base)
}

// Alias is "expr AS name", allowed wherever an expression is.
type Alias struct {
	Base
	Expr Expr
	Name string
}

func (n *Alias) print(p *printer) {
	p.open(&n.Base)
	p.expr(n.Expr, precLambda)
	p.str(" AS ")
	p.ident(n.Name)
	p.close(&n.Base)
}

// TableName is db.table, or table alone. Either may be a query parameter.
type TableName struct {
	Span
	Database, Table           string
	DatabaseParam, TableParam *Param
	// AnyDatabase and AnyTable are the stars of *.* and db.*; Prefix is the star of db.name*,
	// DatabasePrefix that of name*.*. They stand in rights and policies only.
	AnyDatabase, AnyTable, Prefix, DatabasePrefix bool
}

func (n *TableName) print(p *printer) {
	switch {
	case n.AnyDatabase:
		p.str("*.")
	case n.Database != "" || n.DatabaseParam != nil:
		printName(p, n.Database, n.DatabaseParam)
		if n.DatabasePrefix {
			p.str("*")
		}
		p.str(".")
	}
	if n.AnyTable {
		p.str("*")
		return
	}
	printName(p, n.Table, n.TableParam)
	if n.Prefix {
		p.str("*")
	}
}

func printName(p *printer, name string, param *Param) {
	if param != nil {
		param.print(p)
		return
	}
	p.ident(name)
}
