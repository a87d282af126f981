package io.logitstream.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 hashes of texts, bytes and files. */
public final class Sha256 {
    private static final int BUFFER = 1 << 16;

    private Sha256() {}

    /** The 32 bytes of the hash of a text in UTF-8. */
    public static byte[] digest(String text) {
        return sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The hash of a text in UTF-8, in lower-case hexadecimal. */
    public static String hex(String text) {
        return HexFormat.of().formatHex(digest(text));
    }

    /** The hash of some bytes, in lower-case hexadecimal. */
    public static String hex(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    /** The hash of a file's content, in lower-case hexadecimal. */
    public static String hex(Path file) throws IOException {
        return hex(List.of(file));
    }

    /** The hash of the contents of files, one after another, in lower-case hexadecimal. */
    public static String hex(List<Path> files) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The first 8 bytes, big endian, of the hash of a text in UTF-8: a number that other programs compute too. */
    public static long firstLong(String text) {
        return ByteBuffer.wrap(digest(text)).getLong();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
