package io.logitstream.schemas.kafka;

import io.confluent.kafka.schemaregistry.client.security.basicauth.BasicAuthCredentialProvider;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The login in a registry's address, with its percent-encoded characters decoded (RFC 3986). The provider of the client
 * itself sends them as they are written.
 */
public final class AddressLogin implements BasicAuthCredentialProvider {
    /** Value of {@code basic.auth.credentials.source}. */
    static final String SOURCE = "DECODED_URL";

    private static final Pattern ENCODED = Pattern.compile("(?:%[0-9A-Fa-f]{2})+");

    @Override
    public void configure(Map<String, ?> properties) {}

    @Override
    public String alias() {
        return SOURCE;
    }

    @Override
    public String getUserInfo(URL address) {
        return address.getUserInfo() == null ? null : decoded(address.getUserInfo());
    }

    /** Decodes the percent-encoded characters; a percent sign that begins none stays as it is. */
    static String decoded(String login) {
        return ENCODED.matcher(login)
                .replaceAll(run -> Matcher.quoteReplacement(
                        new String(HexFormat.of().parseHex(run.group().replace("%", "")), StandardCharsets.UTF_8)));
    }
}
