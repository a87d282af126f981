package io.logitstream.producers.corpus.source;

/**
 * Derives a corpus' name from its source: the last part of the path before a glob, without common extensions.
 */
final class SourceName {
    private SourceName() {}

    static String of(String source) {
        if (source.equals(CorpusConfig.STANDARD_INPUT)) {
            return "stdin";
        }
        String path = source.replace('\\', '/');
        int glob = Globs.firstSpecial(path);
        if (glob >= 0) {
            path = path.substring(0, path.lastIndexOf('/', glob) + 1);
        }
        path = path.replaceAll("/+$", "");
        String name = path.substring(path.lastIndexOf('/') + 1)
                .replaceAll("(?i)(\\.(txt|jsonl|ndjson|parquet|idx|bin|zip|jar))?(\\.(gz|zst))?$", "")
                .replaceAll("\\p{Cntrl}", "");
        return name.isBlank() || name.equals(".") || name.equals("..") ? "corpus" : name;
    }
}
