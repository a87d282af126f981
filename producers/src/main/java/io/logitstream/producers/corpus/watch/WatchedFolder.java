package io.logitstream.producers.corpus.watch;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.FolderWalk;
import io.logitstream.producers.corpus.files.ZipArchives;
import io.logitstream.producers.corpus.indexed.IndexedPairs;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Globs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The files of a folder, as they arrive, until the folder has a file {@value #END} or {@value #WITHDRAW}. A restart
 * continues in the file of the last published shard; earlier files may be deleted.
 */
public final class WatchedFolder implements Iterator<CorpusFile>, AutoCloseable {
    /** File that ends the corpus after all other files are published. */
    public static final String END = ".logitstream-end";
    /** File that ends the corpus at once. */
    public static final String WITHDRAW = ".logitstream-withdraw";

    private static final long LOOK_MS = 500;

    /** Size and time of a file, and since when they have not changed. */
    private record Look(long size, long modified, long sinceNanos) {}

    private final Path folder;
    private final CorpusConfig config;
    private final CorpusProblems problems;
    private final Predicate<String> included;
    private final Deque<WatchJournal.Entry> again = new ArrayDeque<>();
    private final Set<String> taken = new HashSet<>();
    private final Set<String> told = new HashSet<>();
    private final Map<String, Look> looks = new HashMap<>();
    private WatchJournal journal;
    private int shards;
    private String next;

    /**
     * @param config corpus whose source is the folder
     * @param problems receives unreadable files
     */
    public WatchedFolder(CorpusConfig config, CorpusProblems problems) {
        this.folder = Path.of(config.source()).toAbsolutePath().normalize();
        this.config = config;
        this.problems = problems;
        this.included = Globs.including(config.include());
        if (!Files.isDirectory(folder)) {
            throw new UsageException(
                    folder + " is not a folder and cannot be watched; create it, or publish without corpus.watch");
        }
    }

    /**
     * Starts at the file that contains a shard.
     *
     * @param shard number of the shard
     * @return number of the first shard of that file
     */
    public int startAt(int shard) {
        journal =
                new WatchJournal(folder.resolve(".logitstream-" + config.name().replace('/', '_') + ".journal"));
        for (WatchJournal.Entry entry : journal.entries()) {
            taken.add(entry.name());
            if (entry.firstShard() <= shard) {
                again.clear();
            }
            again.add(entry);
        }
        if (again.isEmpty() && shard > 0) {
            throw new LogitstreamException("corpus " + config.name() + " is published up to shard " + shard + ", but "
                    + folder + " has no journal of it: restore its .logitstream-*.journal, or use another corpus name");
        }
        shards = again.isEmpty() ? 0 : again.peek().firstShard();
        return shards;
    }

    /** Sets the number of complete shards at the end of a file. */
    public void shards(int count) {
        shards = count;
    }

    @Override
    public boolean hasNext() {
        while (next == null && !Thread.currentThread().isInterrupted()) {
            if (!again.isEmpty()) {
                next = again.remove().name();
            } else {
                boolean ending =
                        Files.exists(folder.resolve(END)) && config.watch().parts() == null;
                next = arrived();
                if (next != null) {
                    journal.add(new WatchJournal.Entry(shards, next));
                    taken.add(next);
                } else if (ending && looks.isEmpty()) {
                    return false;
                } else {
                    pause();
                }
            }
        }
        return next != null;
    }

    /** First file, by name, that is new and complete; null if there is none. */
    private String arrived() {
        Map<String, Look> now = new TreeMap<>();
        FolderWalk.walk(folder, new FolderWalk.Visitor() {
            @Override
            public void file(Path file, String name, BasicFileAttributes attributes) {
                if (!taken.contains(name) && isWanted(file, name)) {
                    long size = attributes.size();
                    long modified = attributes.lastModifiedTime().toMillis();
                    Look before = looks.get(name);
                    boolean same = before != null && before.size == size && before.modified == modified;
                    now.put(name, new Look(size, modified, same ? before.sinceNanos : System.nanoTime()));
                }
            }

            @Override
            public void unreadable(String name, String reason) {
                // It may be readable or deleted at the next check.
                if (told.add(name + reason)) {
                    problems.skipped(name.isEmpty() ? folder.toString() : name, reason);
                }
            }
        });
        looks.clear();
        looks.putAll(now);
        long nanos = (long) (config.watch().stableSeconds() * TimeUnit.SECONDS.toNanos(1));
        String first = now.entrySet().stream()
                .filter(look -> System.nanoTime() - look.getValue().sinceNanos >= nanos)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
        looks.remove(first);
        return first;
    }

    private boolean isWanted(Path file, String name) {
        if (!included.test(name)
                || isReadThroughIndex(file, name)
                || !config.watch().takes(name)) {
            return false;
        }
        if (ZipArchives.isArchive(file) || name.indexOf('\n') >= 0) {
            problems.skipped(
                    name,
                    "archives and names with a line break are not supported in a watched folder; unpack or rename it");
            taken.add(name);
            return false;
        }
        return true;
    }

    /** Whether another file of the corpus is the index of this one, which is no file of its own then. */
    private boolean isReadThroughIndex(Path file, String name) {
        Path index = IndexedPairs.indexOfTokens(file);
        return index != null && included.test(name.substring(0, name.lastIndexOf('/') + 1) + index.getFileName());
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public CorpusFile next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        String name = next;
        next = null;
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            throw new LogitstreamException(file + " was deleted before all of its text was published; restore it");
        }
        return new CorpusFile(name, -1, true, file, () -> Files.newInputStream(file));
    }

    @Override
    public void close() throws IOException {
        if (journal != null) {
            journal.close();
        }
    }
}
