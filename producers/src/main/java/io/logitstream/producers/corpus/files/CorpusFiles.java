package io.logitstream.producers.corpus.files;

import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Globs;
import io.logitstream.producers.corpus.source.LocaleEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Finds and orders the files of a corpus. */
public final class CorpusFiles {
    private final CorpusConfig config;
    private final ZipArchives archives;
    private final CorpusProblems problems;
    private final List<CorpusFile> found = new ArrayList<>();

    /**
     * @param config corpus
     * @param archives opens zip and jar files
     * @param problems receives unreadable files
     */
    public CorpusFiles(CorpusConfig config, ZipArchives archives, CorpusProblems problems) {
        this.config = config;
        this.archives = archives;
        this.problems = problems;
    }

    /**
     * Returns the files in reading order.
     *
     * @throws UsageException when the corpus does not exist or has no file
     */
    public List<CorpusFile> find(InputStream standardInput) {
        if (config.source().equals(CorpusConfig.STANDARD_INPUT)) {
            return List.of(new CorpusFile("stdin", -1, false, null, () -> standardInput));
        }
        Path path = path(config.source());
        if (Files.isDirectory(path)) {
            walk(path, name -> true);
        } else if (Files.exists(path)) {
            add(path, path.getFileName().toString(), true);
        } else if (Globs.firstSpecial(config.source()) >= 0) {
            findGlob();
        } else {
            throw new UsageException("no such corpus: " + path + " does not exist");
        }
        if (found.isEmpty()) {
            throw new UsageException("empty corpus: no files in " + path
                    + (config.include().isEmpty() ? "" : " are named like " + String.join(" or ", config.include()))
                    + problems.afterthought());
        }
        found.forEach(file -> LocaleEncoding.requireFit(file.name()));
        List<CorpusFile> data = Files.isDirectory(path) ? DatasetFolder.data(found, config, path, problems) : found;
        return FileOrder.sorted(data, config.shuffleSeed());
    }

    private void findGlob() {
        String source = config.source();
        int end = source.lastIndexOf('/', Globs.firstSpecial(source)) + 1;
        Path base = path(end == 0 ? "." : source.substring(0, end));
        // The glob does not include the base folder, whose name may contain special characters.
        PathMatcher matcher = Globs.matcher(source.substring(end));
        if (Files.isDirectory(base)) {
            walk(base, name -> matcher.matches(Path.of(name)));
        }
        if (found.isEmpty()) {
            throw new UsageException(
                    "no such corpus: no file matches " + base + "/" + source.substring(end) + problems.afterthought());
        }
    }

    private void walk(Path root, Predicate<String> wanted) {
        FolderWalk.walk(root, new FolderWalk.Visitor() {
            @Override
            public void file(Path file, String name, BasicFileAttributes attributes) {
                if (wanted.test(name)) {
                    add(file, name, false);
                }
            }

            @Override
            public void unreadable(String name, String reason) {
                if (wanted.test(name)) {
                    problems.skipped(name.isEmpty() ? root.toString() : name, reason);
                }
            }
        });
    }

    private void add(Path file, String name, boolean alone) {
        Predicate<String> included = Globs.including(config.include());
        try {
            if (ZipArchives.isArchive(file)) {
                archives.list(file, alone ? "" : name + "!/", included, found::add);
            } else if (alone || included.test(name)) {
                // A pipe, such as <(command) of a shell, can be read only once.
                boolean regular = Files.isRegularFile(file);
                found.add(new CorpusFile(
                        name,
                        regular ? Files.size(file) : -1,
                        regular,
                        regular ? file : null,
                        () -> Files.newInputStream(file)));
            }
        } catch (IOException e) {
            problems.skipped(name, "cannot be opened (" + ReadFailureText.of(e) + ")");
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new UsageException("no such corpus: '" + text + "' is not a path: " + e.getReason());
        }
    }
}
