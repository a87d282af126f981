package io.logitstream.producers.corpus.indexed;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A {@code .bin} file: token ids of one width, without anything else. */
final class TokenFile implements Closeable {
    private static final int BUFFER = 1 << 18;

    private final FileChannel file;
    private final int code;
    private final int width;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    private long next;
    private long end;
    private long read;

    /**
     * Opens a file.
     *
     * @param code code of the tokens' type in the index
     */
    TokenFile(Path path, int code) throws IOException {
        this.code = code;
        width = width(code);
        file = FileChannel.open(path);
        buffer.limit(0);
    }

    private static int width(int code) throws UnusableFileException {
        return switch (code) {
            case 1, 2 -> Byte.BYTES;
            case 3, 8 -> Short.BYTES;
            case 4 -> Integer.BYTES;
            case 5 -> Long.BYTES;
            case 6, 7 -> throw UnusableFileException.misfit("its numbers are fractions, not token ids");
            default -> throw UnusableFileException.damaged("its index has the unknown type " + code);
        };
    }

    /** Bytes of a token. */
    int width() {
        return width;
    }

    /** Moves to a range of tokens. */
    void moveTo(long position, long tokens) throws IOException {
        if (tokens > (file.size() - position) / width) {
            throw UnusableFileException.damaged("its .bin of " + file.size() + " bytes ends before the tokens at byte "
                    + position + "; is it truncated?");
        }
        if (position != next - buffer.remaining()) {
            buffer.limit(0);
            next = position;
        }
        end = position + tokens * width;
    }

    /** Whether the range has another token. */
    boolean hasNext() {
        return next - buffer.remaining() < end;
    }

    /** Next token id of the range. */
    long nextId() throws IOException {
        while (buffer.remaining() < width) {
            buffer.compact();
            int more = file.read(buffer, next);
            buffer.flip();
            if (more < 0) {
                throw UnusableFileException.damaged("its .bin ends too early");
            }
            next += more;
            read += more;
        }
        return switch (code) {
            case 1 -> buffer.get() & 0xFF;
            case 2 -> buffer.get();
            case 3 -> buffer.getShort();
            case 4 -> buffer.getInt();
            case 5 -> buffer.getLong();
            default -> buffer.getShort() & 0xFFFF;
        };
    }

    /** Bytes read so far. */
    long bytesRead() {
        return read - buffer.remaining();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
