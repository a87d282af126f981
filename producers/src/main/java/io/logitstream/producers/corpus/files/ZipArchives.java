package io.logitstream.producers.corpus.files;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.io.input.ChecksumInputStream;

/**
 * Zip and jar files of a corpus. At most 32 are open at a time, to limit file descriptors: the least recently used one
 * is closed. Names that are not UTF-8 contain U+FFFD for each invalid byte; the JDK's class rejects the whole archive.
 */
public final class ZipArchives implements Closeable {
    private static final int MAX_OPEN = 32;

    private final Map<Path, ZipFile> open = new LinkedHashMap<>(16, 0.75f, true);

    /** Whether a file is a zip or jar file, by its name. */
    public static boolean isArchive(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".zip") || name.endsWith(".jar");
    }

    /** Passes the wanted files of an archive to a consumer, with a prefix before their names. */
    void list(Path archive, String prefix, Predicate<String> wanted, Consumer<CorpusFile> files) throws IOException {
        for (ZipArchiveEntry entry : Collections.list(zip(archive).getEntries())) {
            if (!entry.isDirectory() && !hidden(entry.getName()) && wanted.test(entry.getName())) {
                files.accept(new CorpusFile(
                        prefix + entry.getName(), entry.getSize(), true, null, () -> open(archive, entry)));
            }
        }
    }

    private InputStream open(Path archive, ZipArchiveEntry entry) throws IOException {
        InputStream in = zip(archive).getInputStream(entry);
        return ChecksumInputStream.builder()
                .setInputStream(in)
                .setChecksum(new CRC32())
                .setCountThreshold(entry.getSize())
                .setExpectedChecksumValue(entry.getCrc())
                .get();
    }

    private static boolean hidden(String entry) {
        return entry.startsWith(".") || entry.contains("/.");
    }

    private ZipFile zip(Path archive) throws IOException {
        ZipFile zip = open.get(archive);
        if (zip == null) {
            zip = ZipFile.builder()
                    .setPath(archive)
                    .setCharset(StandardCharsets.UTF_8)
                    .get();
            open.put(archive, zip);
            if (open.size() > MAX_OPEN) {
                Path eldest = open.keySet().iterator().next();
                open.remove(eldest).close();
            }
        }
        return zip;
    }

    @Override
    public void close() throws IOException {
        for (ZipFile zip : open.values()) {
            zip.close();
        }
        open.clear();
    }
}
