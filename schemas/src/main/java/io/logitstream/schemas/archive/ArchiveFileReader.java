package io.logitstream.schemas.archive;

import com.github.luben.zstd.ZstdInputStream;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Reads one file of an archive, record after record, with the bytes of the values as they were written. A file may come
 * from elsewhere: each length is held against what remains of the file, and against {@value #LARGEST_BLOCK} bytes for a
 * block, before memory is taken; Avro's own reader does neither.
 */
final class ArchiveFileReader implements AutoCloseable {
    /** Bytes of the largest block, packed or not. A block ends with the record that passes 1 MiB. */
    static final int LARGEST_BLOCK = 256 << 20;

    private static final byte[] MAGIC = {'O', 'b', 'j', 1};
    private static final int SYNC_BYTES = 16;
    private static final int LARGEST_HEADER = 1 << 20;

    private final Path file;
    private final int partition;
    private final DataInputStream in;
    private final Schema valueSchema;
    private final boolean zstd;
    private final byte[] sync;
    /** Bytes of the file that are not read yet. */
    private long remaining;

    private byte[] block = new byte[0];
    private BinaryDecoder decoder;
    private long left;
    private long last = -1;

    /**
     * @param file the file
     * @param partition partition whose records it holds
     * @throws LogitstreamException when it is not a file of an archive
     */
    ArchiveFileReader(Path file, int partition) {
        this.file = file;
        this.partition = partition;
        try {
            remaining = Files.size(file);
            in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be read: " + FailureText.of(e), e);
        }
        try {
            byte[] magic = bytes(MAGIC.length);
            if (!Arrays.equals(magic, MAGIC)) {
                throw damaged("it does not begin as an Avro object container file");
            }
            Map<String, byte[]> header = header();
            valueSchema = ArchiveSchema.valueOf(
                    new String(header.getOrDefault("avro.schema", new byte[0]), StandardCharsets.UTF_8));
            String codec = new String(
                    header.getOrDefault("avro.codec", "null".getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
            if (!codec.equals("zstandard") && !codec.equals("null")) {
                throw damaged("its codec is " + codec + " instead of zstandard or null");
            }
            zstd = codec.equals("zstandard");
            sync = bytes(SYNC_BYTES);
        } catch (LogitstreamException e) {
            closeQuietly();
            throw e;
        } catch (IOException | RuntimeException e) {
            // Avro throws exceptions of several kinds for what it cannot read.
            closeQuietly();
            throw damaged(FailureText.of(e));
        }
    }

    /** Schema of the values, as the file was written with it. */
    Schema valueSchema() {
        return valueSchema;
    }

    /**
     * The next record.
     *
     * @return the record, or null at the end of the file
     * @throws LogitstreamException naming the file and the offset before, when the file is damaged
     */
    ArchivedRecord next() {
        try {
            while (left == 0) {
                if (remaining == 0) {
                    return null;
                }
                nextBlock();
            }
            ArchivedRecord record = record();
            left--;
            if (left == 0 && position() < block.length) {
                throw damaged("bytes are left over in a block");
            }
            if (record.offset() <= last) {
                throw damaged("offset " + record.offset() + " does not follow");
            }
            last = record.offset();
            return record;
        } catch (LogitstreamException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw damaged(FailureText.of(e));
        }
    }

    private ArchivedRecord record() throws IOException {
        long offset = decoder.readLong();
        long timestamp = decoder.readLong();
        String key = decoder.readString();
        List<ArchivedRecord.Header> headers = new ArrayList<>();
        for (long count = decoder.readArrayStart(); count != 0; count = decoder.arrayNext()) {
            if (count < 0 || count > block.length - position()) {
                throw damaged("a number of headers is impossible");
            }
            for (long i = 0; i < count; i++) {
                String name = decoder.readString();
                headers.add(new ArchivedRecord.Header(
                        name,
                        decoder.readIndex() == 0
                                ? null
                                : decoder.readBytes(null).array()));
            }
        }
        int from = position();
        GenericDatumReader.skip(valueSchema, decoder);
        return new ArchivedRecord(
                partition, offset, timestamp, key, headers, Arrays.copyOfRange(block, from, position()));
    }

    private int position() throws IOException {
        return block.length - decoder.inputStream().available();
    }

    private void nextBlock() throws IOException {
        long count = readLong();
        long size = readLong();
        if (count < 0 || size < 0 || size > remaining || size > LARGEST_BLOCK) {
            throw damaged("a block of " + count + " records and " + size + " bytes is impossible");
        }
        byte[] packed = bytes((int) size);
        if (!Arrays.equals(bytes(SYNC_BYTES), sync)) {
            throw damaged("a block does not end where it should");
        }
        block = zstd ? unpacked(packed) : packed;
        if (count > block.length) {
            throw damaged("a block of " + block.length + " bytes cannot hold " + count + " records");
        }
        // Over an array, Avro holds each length against the bytes that remain before it allocates.
        decoder = DecoderFactory.get().binaryDecoder(block, decoder);
        left = count;
    }

    private byte[] unpacked(byte[] packed) throws IOException {
        // Avro writes frames as a stream, which do not tell their size.
        try (ZstdInputStream unpacking = new ZstdInputStream(new ByteArrayInputStream(packed))) {
            byte[] content = unpacking.readNBytes(LARGEST_BLOCK + 1);
            if (content.length > LARGEST_BLOCK) {
                throw damaged("a block unpacks to more than " + LARGEST_BLOCK + " bytes");
            }
            return content;
        }
    }

    private Map<String, byte[]> header() throws IOException {
        Map<String, byte[]> header = new HashMap<>();
        for (long count = readLong(); count != 0; count = readLong()) {
            if (count < 0) {
                readLong();
            }
            for (long i = Math.abs(count); i > 0; i--) {
                String name = new String(bytes(headerLength()), StandardCharsets.UTF_8);
                header.put(name, bytes(headerLength()));
            }
        }
        return header;
    }

    private int headerLength() throws IOException {
        long length = readLong();
        if (length < 0 || length > LARGEST_HEADER) {
            throw damaged("its header has a field of " + length + " bytes");
        }
        return (int) length;
    }

    private byte[] bytes(int count) throws IOException {
        if (count > remaining) {
            throw new EOFException("it ends too early");
        }
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        remaining -= count;
        return bytes;
    }

    /** A number in Avro's variable-length zigzag coding, at most 10 bytes. */
    private long readLong() throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (remaining == 0) {
                throw new EOFException("it ends too early");
            }
            int next = in.readUnsignedByte();
            remaining--;
            value |= (next & 0x7fL) << shift;
            if ((next & 0x80) == 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw damaged("a number is longer than 10 bytes");
    }

    private LogitstreamException damaged(String what) {
        return new LogitstreamException(file + (last < 0 ? "" : ", after offset " + last) + " is damaged: " + what
                + "; 'logitstream archive --verify' lists the damaged files of an archive");
    }

    private void closeQuietly() {
        try {
            in.close();
        } catch (IOException e) {
            // What made the file unusable is thrown already.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
