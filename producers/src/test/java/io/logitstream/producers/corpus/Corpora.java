package io.logitstream.producers.corpus;

import com.github.luben.zstd.Zstd;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.WatchConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes corpora for tests, and reads them as whole documents. */
public final class Corpora {
    static final CorpusReader.Limits LIMITS = new CorpusReader.Limits(1000, 2000);

    private Corpora() {}

    /** A configuration with the order of names, for a corpus named c. */
    static CorpusConfig config(Path source, String... include) {
        return new CorpusConfig(
                source.toString(),
                "c",
                null,
                null,
                null,
                List.of(include),
                0L,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** A folder in which files arrive; each is complete at once. */
    static CorpusConfig watched(Path folder) {
        return watched(folder, new WatchConfig(0.0, null, null));
    }

    /** A folder in which files arrive, for a corpus named c. */
    public static CorpusConfig watched(Path folder, WatchConfig watch, String... include) {
        return new CorpusConfig(
                folder.toString(),
                "c",
                null,
                null,
                null,
                List.of(include),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                watch);
    }

    /** A corpus in which a damaged file is counted and what comes before the damage is used. */
    static CorpusConfig skipping(Path source) {
        return new CorpusConfig(
                source.toString(), "c", null, null, "skip", null, 0L, null, null, null, null, null, null, null);
    }

    static CorpusReader open(CorpusConfig config) {
        return new CorpusReader(config, null, InputStream.nullInputStream(), LIMITS);
    }

    static CorpusReader openInput(byte[] input, String format) {
        return openInput(input, format, LIMITS);
    }

    static CorpusReader openInput(byte[] input, String format, CorpusReader.Limits limits) {
        CorpusConfig config =
                new CorpusConfig("-", null, format, null, null, null, null, null, null, null, null, null, null, null);
        return new CorpusReader(config, null, new ByteArrayInputStream(input), limits);
    }

    /** All documents, put together from their pieces. */
    static List<String> documents(CorpusReader reader) {
        List<String> documents = new ArrayList<>();
        StringBuilder document = new StringBuilder();
        while (reader.hasNext()) {
            TextPiece piece = reader.next();
            document.append(piece.text());
            if (piece.endOfDocument()) {
                documents.add(document.toString());
                document.setLength(0);
            }
        }
        reader.close();
        return documents;
    }

    static Path write(Path file, String text) {
        return write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    static Path write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    static byte[] zstd(String text) {
        return Zstd.compress(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] zip(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }
}
