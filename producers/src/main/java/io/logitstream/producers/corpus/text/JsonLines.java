package io.logitstream.producers.corpus.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.logitstream.producers.corpus.files.CorpusProblems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;

/** A JSON lines file: each line is a JSON object with a document in one of its fields. */
public final class JsonLines implements DocumentSource {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** A line that cannot be used, with the reason as its message. */
    private static final class BrokenLine extends Exception {
        BrokenLine(String message) {
            super(message);
        }
    }

    private final String file;
    private final String field;
    private final int lineLimit;
    private final InputStream in;
    private final LineReader lines;
    private final CorpusProblems problems;

    /**
     * @param file name of the file, for messages
     * @param in content of the file, closed with this object
     * @param field field with the text
     * @param lineLimit maximum number of bytes of a line
     * @param problems receives broken lines
     */
    public JsonLines(String file, InputStream in, String field, int lineLimit, CorpusProblems problems) {
        this.file = file;
        this.in = in;
        this.field = field;
        this.lineLimit = lineLimit;
        this.problems = problems;
        lines = new LineReader(in, lineLimit);
    }

    @Override
    public DocumentPieces next(int pieceCharacters) throws IOException {
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            try {
                String json = decode(line);
                if (!json.isBlank()) {
                    return PieceSplitter.of(text(json), pieceCharacters);
                }
            } catch (BrokenLine e) {
                problems.brokenLine(file, lines.number(), e.getMessage());
            }
        }
        return null;
    }

    /** Whether the first two lines are documents. They are not read again. */
    public boolean beginsWithDocuments() throws IOException {
        try {
            for (int i = 0; i < 2; i++) {
                byte[] line = lines.next();
                if (line == null) {
                    return false;
                }
                text(decode(line));
            }
            return true;
        } catch (BrokenLine e) {
            return false;
        }
    }

    private String decode(byte[] line) throws BrokenLine {
        if (lines.tooLong()) {
            throw new BrokenLine("longer than " + lineLimit + " bytes");
        }
        try {
            String json = TextCheck.decode(line);
            return lines.number() == 1 && json.startsWith("\uFEFF") ? json.substring(1) : json;
        } catch (CharacterCodingException e) {
            throw new BrokenLine("not valid UTF-8");
        }
    }

    private String text(String json) throws IOException, BrokenLine {
        String text = null;
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new BrokenLine("not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals(field);
                JsonToken value = parser.nextToken();
                if (wanted && value != JsonToken.VALUE_STRING) {
                    throw new BrokenLine("field '" + field + "' is not a string");
                }
                text = wanted ? parser.getText() : text;
                parser.skipChildren();
            }
            if (parser.nextToken() != null) {
                throw new BrokenLine("more than one JSON value");
            }
        } catch (JsonProcessingException e) {
            throw new BrokenLine("broken JSON: " + words(e.getOriginalMessage()));
        }
        if (text == null) {
            throw new BrokenLine("no field '" + field + "'");
        }
        if (TextCheck.hasUnpairedSurrogate(text)) {
            throw new BrokenLine("half of a surrogate pair in field '" + field + "'");
        }
        return text;
    }

    /** The parser's message without its own source and line numbers, and without its configuration hints. */
    private static String words(String message) {
        return message.replaceAll("(?s)\\s*(\\(start marker|\\R).*", "")
                .replaceAll("^(Non-standard token '[^']*').*", "$1 is not JSON; write null instead")
                .replaceAll(",? (from|see) `[^`]*`", "")
                .replaceAll("[:;,]? *enable `[^`]*`.*", "");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
