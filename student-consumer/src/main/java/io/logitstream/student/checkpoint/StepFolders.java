package io.logitstream.student.checkpoint;

import io.logitstream.files.AtomicFile;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Folders {@code step-N} in a folder. Each is written beside the others, forced to disk and then renamed, and renamed
 * before it is deleted, so that under its name there is a whole one or none, also after a crash at any point.
 */
final class StepFolders {
    /** Writes what a folder holds. */
    interface Content {
        void writeTo(Path folder) throws IOException;
    }

    private static final String PREFIX = "step-";
    private static final String REMOVED = ".removed";

    private final Path folder;

    StepFolders(Path folder) {
        this.folder = folder;
    }

    /** Where the folder of a step is, or would be. */
    Path of(long step) {
        return folder.resolve(PREFIX + String.format(Locale.ROOT, "%09d", step));
    }

    static long step(Path stepFolder) {
        return Long.parseLong(stepFolder.getFileName().toString().substring(PREFIX.length()));
    }

    /** All of them, in the order of their steps. */
    List<Path> list() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(PREFIX + "\\d+"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new LogitstreamException(folder.toAbsolutePath() + " cannot be listed: " + FailureText.of(e), e);
        }
    }

    /** Writes the folder of a step; one that is there and holds the same is left as it is, any other one is replaced. */
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
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        AtomicFile.forceFolder(folder);
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

    /** Deletes one of them. */
    void delete(Path stepFolder) throws IOException {
        putAside(stepFolder);
        deleteAsides();
    }

    private static void putAside(Path stepFolder) throws IOException {
        Path removed = stepFolder.resolveSibling(stepFolder.getFileName() + REMOVED);
        deleteTree(removed);
        Files.move(stepFolder, removed, StandardCopyOption.ATOMIC_MOVE);
    }

    private void deleteAsides() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(REMOVED)).toList()) {
                deleteTree(file);
            }
        }
    }

    /** Forces all files of a folder and their names to disk. */
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
