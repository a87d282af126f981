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
 * Zip and jar files. Few are held open at a time, the least recently used is closed: descriptors are bounded. A name
 * that is no UTF-8 has U+FFFD in the place of each byte that is none; the JDK's class refuses the whole archive.
 */
public final class ZipArchives implements Closeable {
    private static final int MOST_OPEN = 32;

    private final Map<Path, ZipFile> open = new LinkedHashMap<>(16, 0.75f, true);

    public static boolean isArchive(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".zip") || name.endsWith(".jar");
    }

    /** Passes on the archive's files that are wanted; their names get the prefix. */
    void list(Path archive, String prefix, Predicate<String> wanted, Consumer<CorpusFile> files) throws IOException {
        for (ZipArchiveEntry entry : Collections.list(zip(archive).getEntries())) {
            if (!entry.isDirectory() && !hidden(entry.getName()) && wanted.test(entry.getName())) {
                files.accept(
                        new CorpusFile(prefix + entry.getName(), entry.getSize(), true, () -> open(archive, entry)));
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
            if (open.size() > MOST_OPEN) {
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
