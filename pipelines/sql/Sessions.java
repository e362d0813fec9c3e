/* Sessions of the Thrift server; compiled when it starts, by the compiler that Spark has with it.

   A client may send settings with its name, and Hive takes them as they come: those of the session,
   but also `system:` ones, which are the whole server's. Only the settings named here are taken. */

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.apache.hive.service.cli.SessionHandle;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2;
import org.apache.spark.sql.hive.thriftserver.SparkSQLSessionManager;

public class Sessions extends SparkSQLSessionManager {
  private static final String HIVECONF = "set:hiveconf:";
  private static final String DATABASE = "use:database";
  private final Set taken;

  public Sessions(HiveThriftServer2 server, SQLContext context, String taken) {
    super(server, context);
    this.taken = new HashSet(Arrays.asList(taken.split(",")));
  }

  public SessionHandle openSession(
      TProtocolVersion protocol, String user, String password, String address,
      Map settings, boolean impersonates, String token) {
    Map kept = new HashMap();
    if (settings != null) {
      for (Object key : settings.keySet()) {
        String name = (String) key;
        if (name.startsWith(HIVECONF)) {
          name = name.substring(HIVECONF.length());
        }
        String value = (String) settings.get(key);
        boolean isOpen = name.equals(DATABASE) || taken.contains(name.toLowerCase(Locale.ROOT));
        if (isOpen && value.indexOf("${") < 0) {  // Hive would put variables in
          kept.put(key, value);
        }
      }
    }
    return super.openSession(protocol, user, password, address, kept, impersonates, token);
  }
}
