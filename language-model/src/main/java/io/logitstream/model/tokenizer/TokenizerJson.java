package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What this project reads out of a {@code tokenizer.json} itself, without the native library. */
final class TokenizerJson {
  static final ObjectMapper JSON = new ObjectMapper();

  private final ObjectNode root;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final int modelSize;

  TokenizerJson(byte[] bytes, Path file) {
    JsonNode json = parse(bytes, file);
    JsonNode vocabulary = json.path("model").path("vocab");
    if (!json.isObject() || vocabulary.isEmpty()) {
      throw new ModelException(file
          + ": no tokenizer.json of Hugging Face tokenizers: it has no model.vocab");
    }
    root = (ObjectNode) json;
    if (vocabulary.isObject()) {
      vocabulary.properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt(-1)));
    } else {
      for (JsonNode entry : vocabulary) {
        ids.putIfAbsent(entry.path(0).asText(), ids.size());
      }
    }
    modelSize = ids.size();
    for (JsonNode token : addedTokens()) {
      ids.put(token.path("content").asText(), token.path("id").asInt(-1));
    }
  }

  /** The id of a token by its text as written in the file, or null. */
  Integer id(String token) {
    return ids.get(token);
  }

  /** The text of a token as written in the file, or null. */
  String token(int id) {
    return ids.entrySet().stream().filter(entry -> entry.getValue() == id).map(Map.Entry::getKey)
        .findFirst().orElse(null);
  }

  /** Highest id + 1, added tokens included. */
  int vocabularySize() {
    return ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
  }

  /** The same tokenizer without a limit on the length of a text and without padding. */
  String withoutLimits() {
    ObjectNode unlimited = root.deepCopy();
    unlimited.putNull("truncation");
    unlimited.putNull("padding");
    return unlimited.toString();
  }

  /** UTF-8 bytes of text by token id; 0 for special tokens and ids without a token. */
  int[] utf8Lengths() {
    String decoder = root.path("decoder").toString();
    boolean byteLevel = decoder.contains("\"ByteLevel\"");
    boolean byteFallback = root.path("model").path("byte_fallback").asBoolean();
    int[] lengths = new int[vocabularySize()];
    ids.forEach((token, id) -> {
      if (id >= 0) {
        boolean oneByte = byteFallback && token.matches("<0x[0-9A-F]{2}>");
        // A byte-level vocabulary writes each byte as a character; others write a space as U+2581.
        lengths[id] = byteLevel ? token.codePointCount(0, token.length())
            : oneByte ? 1 : utf8Length(token.replace('\u2581', ' '));
      }
    });
    for (JsonNode token : addedTokens()) {
      int id = token.path("id").asInt(-1);
      if (id >= 0) {
        lengths[id] = token.path("special").asBoolean() ? 0 : utf8Length(token.path("content").asText());
      }
    }
    return lengths;
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /**
   * The same tokenizer without special tokens: their strings in a text become plain text. Ids of all other
   * tokens stay: a special token that the model's vocabulary holds too is left out, one that only the list of
   * added tokens holds gets a name made of Unicode noncharacters, because the library numbers added tokens by
   * their place.
   *
   * @param salt makes the names impossible to meet by chance
   */
  String withoutSpecialTokens(String salt) {
    ObjectNode plain = root.deepCopy();
    plain.putNull("truncation");
    plain.putNull("padding");
    ArrayNode kept = plain.putArray("added_tokens");
    for (JsonNode token : addedTokens()) {
      if (!token.path("special").asBoolean()) {
        kept.add(token);
      } else if (!inModel(token.path("content").asText())) {
        ObjectNode renamed = token.deepCopy();
        renamed.put("content", "\uFDD0" + salt + token.path("id").asInt() + "\uFDD1");
        renamed.put("normalized", false);
        kept.add(renamed);
      }
    }
    return plain.toString();
  }

  private boolean inModel(String token) {
    JsonNode vocabulary = root.path("model").path("vocab");
    if (vocabulary.isObject()) {
      return vocabulary.has(token);
    }
    Integer id = ids.get(token);
    return id != null && id < modelSize;
  }

  private Iterable<JsonNode> addedTokens() {
    return root.path("added_tokens");
  }

  static JsonNode parse(byte[] bytes, Path file) {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new ModelException(file + ": not readable as JSON: " + e.getOriginalMessage() + " (line "
          + e.getLocation().getLineNr() + ")", e);
    } catch (IOException e) {
      throw new ModelException(file + ": not readable: " + e.getMessage(), e);
    }
  }
}
