package io.logitstream.producers.corpus.watch;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Journal of a watched folder: one line for each published file, with its first shard, in the order of publishing. A
 * line is forced to disk before the file's text is published, so that a restarted producer finds the file it was in.
 * Only one process at a time can open the journal.
 */
final class WatchJournal implements AutoCloseable {
    /** A file and its first shard. */
    record Entry(int firstShard, String name) {}

    private final Path file;
    private final FileChannel channel;
    private final List<Entry> entries = new ArrayList<>();

    /** @throws LogitstreamException when another process has it open, or it cannot be read */
    WatchJournal(Path file) {
        this.file = file;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!locked()) {
                channel.close();
                throw new LogitstreamException(
                        file + " is in use: another producer watches this folder for the same corpus;"
                                + " stop it, or share the folder with corpus.watch.part and corpus.watch.parts");
            }
            read();
        } catch (IOException e) {
            throw failed("read", e);
        }
    }

    private boolean locked() throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private void read() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // Until all is read.
        }
        String text = new String(bytes.array(), StandardCharsets.UTF_8);
        // A crash may leave an incomplete last line. No text of its file was published.
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        for (String line : whole.lines().toList()) {
            int tab = line.indexOf('\t');
            if (tab < 1 || !line.substring(0, tab).matches("\\d{1,9}")) {
                throw new LogitstreamException(file + ": '" + line + "' is not a line of a producer's journal");
            }
            entries.add(new Entry(Integer.parseInt(line.substring(0, tab)), line.substring(tab + 1)));
        }
        channel.truncate(whole.getBytes(StandardCharsets.UTF_8).length);
        channel.position(channel.size());
    }

    /** Entries in the order of publishing. */
    List<Entry> entries() {
        return entries;
    }

    /** Adds an entry and forces it to disk. */
    void add(Entry entry) {
        try {
            ByteBuffer line =
                    ByteBuffer.wrap((entry.firstShard + "\t" + entry.name + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        } catch (IOException e) {
            throw failed("written", e);
        }
        entries.add(entry);
    }

    private LogitstreamException failed(String what, IOException e) {
        return new LogitstreamException(
                file + " cannot be " + what + ": " + FailureText.of(e)
                        + "; a producer that watches a folder records its published files there",
                e);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
