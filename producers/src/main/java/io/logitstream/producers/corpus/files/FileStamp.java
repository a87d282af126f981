package io.logitstream.producers.corpus.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;

/**
 * Size, time and identity of a file when it was opened.
 *
 * @param file the file
 * @param bytes its size
 * @param modified time of its last change
 * @param key identity in its file system; null if that has none
 */
public record FileStamp(Path file, long bytes, FileTime modified, Object key) {
    /** Takes the stamp of a file. */
    public static FileStamp of(Path file) throws IOException {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileStamp(file, now.size(), now.lastModifiedTime(), now.fileKey());
    }

    /** How the file differs from its stamp; null if it does not, or was deleted meanwhile. */
    public String change() {
        FileStamp now;
        try {
            now = of(file);
        } catch (IOException e) {
            // The open file was read to its end; one that is opened again fails with a reason of its own.
            return null;
        }
        if (!Objects.equals(now.key, key)) {
            return "it was replaced while it was read";
        }
        if (now.bytes != bytes) {
            return "it changed while it was read, from " + bytes + " to " + now.bytes + " bytes";
        }
        return now.modified.equals(modified) ? null : "it was written to while it was read";
    }
}
