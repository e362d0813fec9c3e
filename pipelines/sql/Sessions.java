/* Sessions of the Thrift server; compiled when it starts, by the compiler that Spark has with it.

   A client may send settings with its name, and Hive takes them as they come: those of the session,
   but also `system:` ones, which are the whole server's. Only the settings named here are taken.

   Spark's own manager keeps the sessions: it finds fields of Hive's by the place of its class, so
   nothing can extend it. */

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.SessionHandle;
import org.apache.hive.service.cli.operation.OperationManager;
import org.apache.hive.service.cli.session.HiveSession;
import org.apache.hive.service.cli.session.SessionManager;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.hive.service.server.HiveServer2;

public class Sessions extends SessionManager {
  private static final String HIVECONF = "set:hiveconf:";
  private static final String DATABASE = "use:database";
  private final SessionManager keeper;
  private final Set taken;

  public Sessions(HiveServer2 server, SessionManager keeper, String taken) {
    super(server);
    this.keeper = keeper;
    this.taken = new HashSet(Arrays.asList(taken.split(",")));
  }

  public SessionHandle openSession(
      TProtocolVersion protocol, String user, String password, String address,
      Map settings, boolean impersonates, String token) throws HiveSQLException {
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
    return keeper.openSession(protocol, user, password, address, kept, impersonates, token);
  }

  public void closeSession(SessionHandle handle) throws HiveSQLException {
    keeper.closeSession(handle);
  }

  public HiveSession getSession(SessionHandle handle) throws HiveSQLException {
    return keeper.getSession(handle);
  }

  public OperationManager getOperationManager() {
    return keeper.getOperationManager();
  }
}
