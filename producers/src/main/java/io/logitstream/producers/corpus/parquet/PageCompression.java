package io.logitstream.producers.corpus.parquet;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** Decompression of pages as a stream. */
final class PageCompression {
    private static final int UNCOMPRESSED = 0;
    private static final int SNAPPY = 1;
    private static final int GZIP = 2;
    private static final int LZ4 = 5;
    private static final int ZSTD = 6;
    private static final int LZ4_RAW = 7;
    private static final List<String> NAMES = List.of("none", "Snappy", "gzip", "LZO", "Brotli", "LZ4", "zstd", "LZ4");

    private PageCompression() {}

    /**
     * Decompresses a page.
     *
     * @param codec code of the compression
     * @param page stored bytes, after the levels of a page of version 2
     * @param unpackedBytes bytes after decompression
     */
    static InputStream unpack(int codec, StoredPage page, long unpackedBytes) throws IOException {
        return switch (codec) {
            case UNCOMPRESSED -> page;
            case SNAPPY -> new SnappyInput(new BufferedInputStream(page));
            case GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(new BufferedInputStream(page))
                        .setDecompressConcatenated(true)
                        .get();
            case LZ4 -> Lz4Input.ofEither(page, page.left(), unpackedBytes);
            case ZSTD -> new ZstdInputStreamNoFinalizer(page);
            case LZ4_RAW -> Lz4Input.raw(page, page.left());
            default ->
                throw UnusableFileException.misfit("it is compressed with "
                        + (codec > 0 && codec < NAMES.size() ? NAMES.get(codec) : "a codec of number " + codec)
                        + ", which is not supported; write it with zstd, Snappy, gzip or LZ4");
        };
    }
}
