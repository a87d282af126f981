package io.logitstream.student.checkpoint;

import io.logitstream.files.AtomicFile;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Folders {@code step-N} of checkpoints or exports. A new one is written under a temporary name, forced to disk and
 * then renamed, and an old one is renamed before it is deleted: after a crash at any point the name {@code step-N}
 * stands for a complete folder or does not exist.
 */
final class StepFolders {
    /** Writes the files of a folder. */
    interface Content {
        /** Writes all files into a folder that it creates. */
        void writeTo(Path folder) throws IOException;
    }

    private static final String PREFIX = "step-";
    private static final String REMOVED = ".removed";

    private final Path folder;

    StepFolders(Path folder) {
        this.folder = folder;
    }

    /** Path of a step's folder, which need not exist. */
    Path of(long step) {
        return folder.resolve(PREFIX + String.format(Locale.ROOT, "%09d", step));
    }

    /** Number in the name of a step's folder. */
    static long step(Path stepFolder) {
        return Long.parseLong(stepFolder.getFileName().toString().substring(PREFIX.length()));
    }

    /** Whether a path has the name of a complete folder. */
    static boolean isStepFolder(Path path) {
        return path.getFileName().toString().matches(PREFIX + "\\d+");
    }

    /** Complete folders in the order of their steps; none where the folder does not exist. */
    List<Path> list() {
        try {
            return list(folder);
        } catch (IOException e) {
            throw new LogitstreamException(folder.toAbsolutePath() + " cannot be listed: " + FailureText.of(e), e);
        }
    }

    /** As {@link #list()}, of any folder. */
    static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(StepFolders::isStepFolder).sorted().toList();
        }
    }

    /** Writes the folder of a step. An existing folder with the same content is kept, any other one is replaced. */
    void put(long step, Content content) throws IOException {
        Path target = of(step);
        Path unfinished = folder.resolve(PREFIX + step + AtomicFile.UNFINISHED);
        Files.createDirectories(folder);
        deleteTree(unfinished);
        content.writeTo(unfinished);
        if (Files.exists(target) && holdSame(unfinished, target)) {
            deleteTree(unfinished);
            return;
        }
        force(unfinished);
        if (Files.exists(target)) {
            putAside(target);
        }
        AtomicFile.move(unfinished, target);
        deleteAsides();
    }

    private static boolean holdSame(Path one, Path other) throws IOException {
        try (Stream<Path> files = Files.list(one);
                Stream<Path> others = Files.list(other)) {
            List<Path> all = files.toList();
            if (all.size() != others.count()) {
                return false;
            }
            for (Path file : all) {
                Path twin = other.resolve(file.getFileName());
                if (!Files.exists(twin) || Files.mismatch(file, twin) >= 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Deletes the folder of a step. */
    void delete(Path stepFolder) throws IOException {
        putAside(stepFolder);
        deleteAsides();
    }

    private static void putAside(Path stepFolder) throws IOException {
        Path removed = stepFolder.resolveSibling(stepFolder.getFileName() + REMOVED);
        deleteTree(removed);
        AtomicFile.move(stepFolder, removed);
    }

    private void deleteAsides() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(REMOVED)).toList()) {
                deleteTree(file);
            }
        }
    }

    /** Forces all files of a folder and their directory entries to disk. */
    static void force(Path stepFolder) throws IOException {
        try (Stream<Path> files = Files.list(stepFolder)) {
            for (Path file : files.toList()) {
                AtomicFile.force(file);
            }
        }
        AtomicFile.forceFolder(stepFolder);
    }

    private static void deleteTree(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
