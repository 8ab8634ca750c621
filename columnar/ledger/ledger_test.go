package ledger_test

import (
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
)

func TestBudgetOfTwoLevels(t *testing.T) {
	node := ledger.New("node", 100, nil)
	query := ledger.New("query", 80, node)
	other := ledger.New("other", 0, node)
	share := ledger.ShareOf(query)
	if err := share.Set(70); err != nil {
		t.Fatal(err)
	}
	if err := share.Set(90); chcode.Of(err) != chcode.MemoryLimitExceeded {
		t.Fatalf("over the query's limit: %v", err)
	}
	if err := other.Add(40); chcode.Of(err) != chcode.MemoryLimitExceeded {
		t.Fatalf("over the node's limit: %v", err)
	}
	if other.Used() != 0 || node.Used() != 70 {
		t.Fatalf("a refused Add took bytes: other %d, node %d", other.Used(), node.Used())
	}
	other.Force(40)
	if node.Used() != 110 {
		t.Fatalf("node has %d after Force", node.Used())
	}
	query.Close()
	other.Close()
	if node.Used() != 0 || query.Peak() != 70 {
		t.Fatalf("after Close: node %d, peak %d", node.Used(), query.Peak())
	}
}
