"""The cellar: the only room that knows files and query engines. Snapshots, releases, the journal, the engine."""
