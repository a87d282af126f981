package io.logitstream.producers.corpus.files;

import java.util.Arrays;
import java.util.HexFormat;

/** Recognises files that are not UTF-8 text by their first bytes, with advice for the user. */
public final class ContentKind {
    /** Bytes near the beginning of a file that identify its kind. */
    private record Signature(int offset, byte[] bytes, String advice) {
        Signature(int offset, String hex, String advice) {
            this(offset, HexFormat.of().parseHex(hex), advice);
        }

        boolean matches(byte[] prefix) {
            return prefix.length >= offset + bytes.length
                    && Arrays.equals(prefix, offset, offset + bytes.length, bytes, 0, bytes.length);
        }
    }

    private static final String ARROW = "an Arrow file; write it as Parquet, for example with Dataset.to_parquet";
    private static final Signature WARC = new Signature(
            0,
            "574152432f",
            "a WARC archive, which is out of scope; extract its text, for example with trafilatura or resiliparse, and"
                    + " write it as JSON lines or Parquet");

    private static final Signature POINTER = new Signature(
            0,
            // version https://git-lfs
            "76657273696f6e2068747470733a2f2f6769742d6c6673",
            "a pointer of Git LFS in place of the file; fetch the file with git lfs pull");

    // The byte order mark of UTF-32 begins with the one of UTF-16, so UTF-32 comes first.
    private static final Signature[] SIGNATURES = {
        WARC,
        new Signature(0, "fffe0000", convert("UTF-32", "UTF-32")),
        new Signature(0, "0000feff", convert("UTF-32", "UTF-32")),
        new Signature(0, "fffe", convert("UTF-16", "UTF-16")),
        new Signature(0, "feff", convert("UTF-16", "UTF-16")),
        new Signature(0, "1f8b", "gzip data; name it .gz"),
        new Signature(0, "28b52ffd", "zstd data; name it .zst"),
        new Signature(0, "425a68", "bzip2 data; unpack it, or pack it with gzip or zstd"),
        new Signature(0, "fd377a585a00", "xz data; unpack it, or pack it with gzip or zstd"),
        new Signature(0, "504b0304", "a zip archive; name it .zip"),
        new Signature(0, "377abcaf271c", "a 7z archive; unpack it"),
        new Signature(0, "50415231", "a Parquet file; name it .parquet"),
        new Signature(0, "4152524f5731", ARROW),
        new Signature(0, "ffffffff", ARROW),
        new Signature(257, "7573746172", "a tar archive; unpack it, or pack its files as a zip")
    };
    private static final int MIN_BYTES = 16;

    private ContentKind() {}

    /** Kind of the content and advice; null if it is unknown. */
    public static String of(byte[] prefix) {
        for (Signature signature : SIGNATURES) {
            if (signature.matches(prefix)) {
                return signature.advice();
            }
        }
        return withoutMark(prefix);
    }

    /** Kind of content that is text and not a document, with advice; null if it may be a document. */
    public static String ofText(byte[] prefix) {
        return WARC.matches(prefix) ? WARC.advice() : ofPointer(prefix);
    }

    /** Advice if the content is the pointer of a file that Git LFS has not fetched; null if it is none. */
    public static String ofPointer(byte[] prefix) {
        return POINTER.matches(prefix) ? POINTER.advice() : null;
    }

    /** Recognises UTF-16 and UTF-32 without a byte order mark: most text is Latin, whose upper bytes are zero. */
    private static String withoutMark(byte[] prefix) {
        int[] zeros = new int[4];
        for (int i = 0; i < prefix.length; i++) {
            zeros[i % 4] += prefix[i] == 0 ? 1 : 0;
        }
        int most = (prefix.length / 4) * 3 / 4;
        if (prefix.length < MIN_BYTES) {
            return null;
        }
        boolean[] zero = new boolean[4];
        for (int i = 0; i < 4; i++) {
            zero[i] = zeros[i] >= most;
            if (!zero[i] && zeros[i] > prefix.length / 4 / 10) {
                return null;
            }
        }
        String places = Arrays.toString(zero);
        return switch (places) {
            case "[false, true, false, true]" -> convert("UTF-16 without a byte order mark", "UTF-16LE");
            case "[true, false, true, false]" -> convert("UTF-16 without a byte order mark", "UTF-16BE");
            case "[false, true, true, true]" -> convert("UTF-32 without a byte order mark", "UTF-32LE");
            case "[true, true, true, false]" -> convert("UTF-32 without a byte order mark", "UTF-32BE");
            default -> null;
        };
    }

    private static String convert(String what, String from) {
        return what + "; convert it: iconv -f " + from + " -t UTF-8";
    }
}
