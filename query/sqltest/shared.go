package sqltest

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedEnv names the folder of the real data sets, when it is not ../shared
// beside the repository.
const sharedEnv = "FRESHET_SHARED"

// SharedData is the path of a real data set, such as "wikiticker" or
// "ssb/sf0.1/q1.1.expected.tsv". The repository holds none of them: they are in
// the folder data of ../shared beside it, or of $FRESHET_SHARED. A test whose
// set is absent is skipped and says which.
func SharedData(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv(sharedEnv)
	if dir == "" {
		root, err := repositoryRoot()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(filepath.Dir(root), "shared")
	}
	path := filepath.Join(dir, "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no data set %s: put it in %s, or name its folder in %s", name, dir, sharedEnv)
	}
	return path
}
