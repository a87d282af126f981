package io.logitstream.student.tensorboard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads event files, with a checksum and a decoder that share no code with the writer. */
final class EventReader {
    /** The values of a message by their field: Long, Double, Float or ByteBuffer. */
    record Message(Map<Integer, List<Object>> fields) {
        Object one(int field) {
            return fields.get(field).get(0);
        }

        List<Message> messages(int field) {
            return fields.getOrDefault(field, List.of()).stream()
                    .map(bytes -> decode((ByteBuffer) bytes))
                    .toList();
        }

        Message message(int field) {
            return messages(field).get(0);
        }

        String text(int field) {
            return StandardCharsets.UTF_8
                    .decode(((ByteBuffer) one(field)).duplicate())
                    .toString();
        }

        boolean has(int field) {
            return fields.containsKey(field);
        }
    }

    private EventReader() {}

    static List<Message> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Message> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int begin = bytes.position();
            int length = Math.toIntExact(bytes.getLong());
            requireChecksum(bytes, begin, 8);
            bytes.position(begin + 12 + length);
            requireChecksum(bytes, begin + 12, length);
            events.add(decode(bytes.slice(begin + 12, length)));
        }
        return events;
    }

    private static void requireChecksum(ByteBuffer bytes, int begin, int length) {
        int masked = bytes.getInt();
        int unmasked = Integer.rotateLeft(masked - 0xa282ead8, 15);
        int crc = -1;
        for (int i = begin; i < begin + length; i++) {
            crc ^= bytes.get(i) & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                // Castagnoli's polynomial, reflected.
                crc = (crc & 1) == 1 ? crc >>> 1 ^ 0x82F63B78 : crc >>> 1;
            }
        }
        if (~crc != unmasked) {
            throw new IllegalStateException("checksum of bytes " + begin + " to " + (begin + length) + " is wrong");
        }
    }

    private static Message decode(ByteBuffer message) {
        ByteBuffer bytes = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, List<Object>> fields = new TreeMap<>();
        while (bytes.hasRemaining()) {
            int key = (int) varint(bytes);
            Object value;
            switch (key & 7) {
                case 0 -> value = varint(bytes);
                case 1 -> value = bytes.getDouble();
                case 2 -> {
                    int length = (int) varint(bytes);
                    value = bytes.slice(bytes.position(), length);
                    bytes.position(bytes.position() + length);
                }
                case 5 -> value = bytes.getFloat();
                default -> throw new IllegalStateException("wire type " + (key & 7));
            }
            fields.computeIfAbsent(key >>> 3, field -> new ArrayList<>()).add(value);
        }
        return new Message(fields);
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
