package sqltest

// When says at which moments a configuration asks the target for something.
type When uint8

// The moments.
const (
	Never          When = iota
	EveryStatement      // after each statement that succeeded
	BeforeQueries       // before the first query after such statements
	AtRandom            // after one in randomOneIn of such statements, drawn by Config.Seed and file
)

// Config is one way to run the corpus. The expectations are the same in all.
type Config struct {
	Name    string // as in skipif and onlyif
	Start   Start  // what the target is started with
	Flush   When
	Restart When
	Merge   When
	Demote  When
	Seed    uint64 // of AtRandom
}

// Start is how a target differs from one that is started with no setting. Who
// opens targets translates it into flags and settings.
type Start struct {
	Shards    int  // shards of the node; 0: its default
	BatchRows int  // rows of a batch between operators of the engine (not of an INSERT); 0: its default
	RulesOff  bool // no rewrite of plans
	// Kept has every query asked three times, of which the last counts, by a target
	// that keeps what it aggregated of each segment and no answers.
	Kept bool
	// Apart has the groups of shards put together by value.
	Apart bool
}

// Configs are the configurations that the corpus must pass.
func Configs() []Config {
	return []Config{
		{Name: "default"},
		{Name: "flush", Flush: EveryStatement},
		{Name: "restart", Restart: BeforeQueries},
		{Name: "merge", Flush: EveryStatement, Merge: EveryStatement},
		{Name: "batch1", Start: Start{BatchRows: 1}},
		{Name: "batch3", Start: Start{BatchRows: 3}, Flush: AtRandom, Seed: 3},
		{Name: "batch1000", Start: Start{BatchRows: 1000}, Flush: EveryStatement, Merge: AtRandom, Demote: AtRandom, Seed: 6},
		{Name: "shards3", Start: Start{Shards: 3}},
		{Name: "shards3-kept", Start: Start{Shards: 3, Kept: true}, Flush: AtRandom, Merge: AtRandom, Seed: 8},
		{Name: "shards3-apart", Start: Start{Shards: 3, Apart: true}, Flush: AtRandom, Seed: 9},
		{Name: "shards3-flush", Start: Start{Shards: 3}, Flush: EveryStatement},
		{Name: "demote", Demote: AtRandom, Flush: AtRandom, Seed: 4},
		{Name: "kept", Start: Start{Kept: true}, Flush: AtRandom, Seed: 7},
		{Name: "rules-off", Start: Start{RulesOff: true}},
		{Name: "storm", Start: Start{Shards: 3}, Flush: AtRandom, Restart: AtRandom, Merge: AtRandom, Demote: AtRandom, Seed: 5},
	}
}
