package peer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The npm packages of the peers, by exact version: figures of different days
// compare the same peer.
const (
	chdbPackage   = "chdb"
	chdbVersion   = "3.4.0" // ClickHouse 26.7
	duckdbPackage = "@duckdb/node-api"
	duckdbVersion = "1.5.6-r.1"
)

// Modules finds the folder in which npm installed the package of a kind: the one
// that is named, or the one in the user's cache, where npm installs it when it may.
// It is "" when there is none.
func Modules(ctx context.Context, k Kind, named string, install bool) (string, error) {
	name, version := chdbPackage, chdbVersion
	if k == DuckDB {
		name, version = duckdbPackage, duckdbVersion
	}
	if named != "" {
		if !installed(named, name) {
			return "", fmt.Errorf("%s is not installed in %s: npm install %s@%s there", name, named, name, version)
		}
		return named, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache: %w", err)
	}
	dir := filepath.Join(cache, "freshet-bench", string(k)+"-"+version)
	if installed(dir, name) || !install {
		return ifInstalled(dir, name), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make %s: %w", dir, err)
	}
	cmd := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--prefix", dir, name+"@"+version)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %s@%s: %w\n%s", name, version, err, out)
	}
	return dir, nil
}

func installed(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, "node_modules", filepath.FromSlash(name), "package.json"))
	return err == nil
}

func ifInstalled(dir, name string) string {
	if installed(dir, name) {
		return dir
	}
	return ""
}
