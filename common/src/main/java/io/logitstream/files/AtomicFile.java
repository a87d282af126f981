package io.logitstream.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Atomic replacement of files. The new content is written to a file beside the old one, forced to disk and renamed over
 * it, so that a crash or a full disk leaves either the complete old file or the complete new one.
 */
public final class AtomicFile {
    /** Suffix of a file that is still being written. Such a file can be deleted after a crash. */
    public static final String UNFINISHED = ".unfinished";

    /** Writes the content of a file. */
    @FunctionalInterface
    public interface Content {
        /** Writes the complete content. The stream is buffered; the caller closes it. */
        void writeTo(OutputStream out) throws IOException;
    }

    private AtomicFile() {}

    /** Replaces or creates a file. */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(file, out -> out.write(content));
    }

    /** Replaces or creates a text file in UTF-8. */
    public static void replace(Path file, String text) throws IOException {
        replace(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces or creates a file with content that need not fit into memory.
     *
     * @param content writes the new content, and may read the old file while it does
     */
    public static void replace(Path file, Content content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
            content.writeTo(out);
            out.flush();
            channel.force(true);
        } catch (IOException e) {
            deleteQuietly(unfinished);
            throw e;
        }
        rename(unfinished, file);
    }

    /** Renames a file, whose content is already on disk, and replaces the target if it exists. */
    public static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder(to.toAbsolutePath().getParent());
    }

    /**
     * Renames a file or folder, whose content is already on disk, to a name that is not taken.
     *
     * @throws IOException if the rename cannot be atomic, for example between file systems
     */
    public static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        forceFolder(to.toAbsolutePath().getParent());
    }

    /** Forces a file's content to disk. */
    public static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /**
     * Forces the entries of a folder to disk, so that a rename survives a power failure. Does nothing on file systems
     * that cannot open a folder.
     */
    public static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            return;
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            // This class creates no folders, so a folder of that name belongs to someone else.
            if (!Files.isDirectory(file)) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            return;
        }
    }
}
