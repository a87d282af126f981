package io.logitstream.student.tensorboard;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Writer of an event file: TFRecord frames of a length, its checksum, the event and its checksum. Readers read the
 * files of a folder in the order of their names, which begin with a time; each new file gets a later time than all
 * others.
 */
final class EventFile implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d+)\\..*");

    private final Path file;
    private final OutputStream out;

    /** Creates the next file of a folder. */
    EventFile(Path folder, long seconds) {
        Path created = folder.resolve(name(seconds));
        try {
            Files.createDirectories(folder);
            created = folder.resolve(name(Math.max(seconds, latest(folder) + 1)));
            out = new BufferedOutputStream(Files.newOutputStream(created, StandardOpenOption.CREATE_NEW));
        } catch (FileAlreadyExistsException e) {
            throw new LogitstreamException(
                    created.toAbsolutePath() + " was just created: another process is training this student", e);
        } catch (IOException e) {
            throw failed(created, e);
        }
        file = created;
    }

    private static String name(long seconds) {
        return String.format(Locale.ROOT, "events.out.tfevents.%010d.logitstream", seconds);
    }

    private static long latest(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> NAME.matcher(path.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
                    .max()
                    .orElse(0);
        }
    }

    void write(Protobuf event) {
        byte[] data = event.toByteArray();
        byte[] length = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length)
                .array();
        try {
            out.write(length);
            out.write(checksum(length));
            out.write(data);
            out.write(checksum(data));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    // TFRecord masks checksums, because the checksum of data that contains its own checksum would be trivial.
    private static byte[] checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(masked)
                .array();
    }

    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static LogitstreamException failed(Path file, IOException e) {
        return new LogitstreamException(file.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
    }
}
