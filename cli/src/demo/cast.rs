//! Who and what the demo is about. Invented, every name and address of it.

/// A client company of the demo.
#[derive(Debug)]
pub struct Client {
    /// Short name in URLs.
    pub slug: &'static str,
    /// Name.
    pub name: &'static str,
    /// BCP 47.
    pub locale: &'static str,
    /// IANA zone.
    pub time_zone: &'static str,
    /// Country of its people and of its calendar's holidays.
    pub country: &'static str,
    /// Domain of its people's addresses.
    pub domain: &'static str,
    /// Seed of its story.
    pub seed: u64,
    /// How many tickets it had over the last weeks.
    pub tickets: usize,
}

impl Client {
    /// Its name until its story is told to the end: whoever finds a client of this name goes on with the telling.
    pub fn name_until_told(&self) -> String {
        format!("{} (la demostración se prepara)", self.name)
    }
}

/// The two clients.
pub const CLIENTS: [Client; 2] = [
    Client {
        slug: "andina",
        name: "Cosmética Andina",
        locale: "es-PE",
        time_zone: "America/Lima",
        country: "PE",
        domain: "andina.example",
        seed: 17,
        tickets: 90,
    },
    Client {
        slug: "cafetera",
        name: "Cafetera del Norte",
        locale: "es-CO",
        time_zone: "America/Bogota",
        country: "CO",
        domain: "cafetera.example",
        seed: 23,
        tickets: 60,
    },
];

/// Logins worth printing.
pub const LOGINS: [(&str, &str); 6] = [
    ("rosa.quispe@andina.example", "solicitante de andina"),
    (
        "julia.paredes@andina.example",
        "administra el cliente andina",
    ),
    (
        "marco.salas@soporte-sur.example",
        "agente N1, de ambos clientes",
    ),
    ("ines.rojas@soporte-sur.example", "coordinadora de soporte"),
    ("elena.vargas@soporte-sur.example", "gerente de servicio"),
    ("operacion@soporte-sur.example", "opera la plataforma"),
];

/// The operator's address.
pub const OPERATOR: &str = "operacion@soporte-sur.example";

/// People of a client: local part, name, role.
pub const PEOPLE: [(&str, &str, &str); 6] = [
    ("rosa.quispe", "Rosa Quispe", "requester"),
    ("pedro.huaman", "Pedro Huamán", "requester"),
    ("lucia.torres", "Lucía Torres", "requester"),
    ("diego.campos", "Diego Campos", "requester"),
    ("carla.nunez", "Carla Núñez", "application_owner"),
    ("julia.paredes", "Julia Paredes", "tenant_admin"),
];

/// The provider's staff: local part, name, role, line of the group they work in (0: none).
pub const STAFF: [(&str, &str, &str, u8); 8] = [
    ("marco.salas", "Marco Salas", "agent", 1),
    ("sofia.leon", "Sofía León", "agent", 1),
    ("raul.medina", "Raúl Medina", "agent", 2),
    ("andrea.cruz", "Andrea Cruz", "agent", 3),
    ("ines.rojas", "Inés Rojas", "coordinator", 0),
    ("tomas.vera", "Tomás Vera", "quality_manager", 0),
    ("elena.vargas", "Elena Vargas", "service_manager", 0),
    ("hugo.prado", "Hugo Prado", "inventory_manager", 0),
];

/// Applications of a client: code, name.
pub const APPLICATIONS: [(&str, &str); 5] = [
    ("ERP", "ERP financiero"),
    ("PEDIDOS", "Portal de pedidos"),
    ("CORREO", "Correo corporativo"),
    ("VPN", "Acceso remoto"),
    ("BDVENTAS", "Base de datos de ventas"),
];

/// What is asked: kind, application's code, subject, description, solution.
pub const REQUESTS: [(&str, &str, &str, &str, &str); 18] = [
    (
        "INCIDENT",
        "ERP",
        "No puedo registrar facturas",
        "Al grabar una factura sale el error FI-204 desde esta mañana.",
        "Se reinició el servicio de contabilización; las facturas se graban.",
    ),
    (
        "INCIDENT",
        "ERP",
        "El cierre mensual se detiene al 60 %",
        "El proceso de cierre no avanza y no deja mensaje.",
        "Se amplió el espacio temporal y se relanzó el cierre.",
    ),
    (
        "INCIDENT",
        "PEDIDOS",
        "El portal de pedidos está muy lento",
        "Cada página demora más de un minuto en las tiendas de provincia.",
        "Se corrigió el índice que faltaba tras el último despliegue.",
    ),
    (
        "INCIDENT",
        "PEDIDOS",
        "Los pedidos de las consultoras no llegan",
        "Desde las 8 no llega ningún pedido al almacén.",
        "Se reprocesaron los pedidos retenidos en la cola.",
    ),
    (
        "INCIDENT",
        "CORREO",
        "No recibo correos externos",
        "Los correos de proveedores rebotan.",
        "Se retiró el dominio de la lista de bloqueo.",
    ),
    (
        "INCIDENT",
        "VPN",
        "La VPN se desconecta cada diez minutos",
        "Trabajo desde casa y pierdo la conexión todo el tiempo.",
        "Se actualizó el cliente de VPN y el perfil.",
    ),
    (
        "INCIDENT",
        "BDVENTAS",
        "La base de ventas no responde",
        "Las consultas quedan esperando; las tiendas no pueden vender.",
        "Se liberó el bloqueo de una sesión y se ajustó el límite.",
    ),
    (
        "INCIDENT",
        "BDVENTAS",
        "Reporte de ventas con totales en cero",
        "El reporte diario salió vacío.",
        "Se relanzó la carga nocturna, que había fallado.",
    ),
    (
        "SERVICE_REQUEST",
        "ERP",
        "Alta de usuario para nueva analista",
        "Ingresa el lunes; perfil de cuentas por pagar.",
        "Usuario creado y credenciales entregadas.",
    ),
    (
        "SERVICE_REQUEST",
        "CORREO",
        "Crear lista de distribución",
        "Para el equipo de trade marketing.",
        "Lista creada con los integrantes indicados.",
    ),
    (
        "SERVICE_REQUEST",
        "VPN",
        "Acceso remoto para auditor externo",
        "Por dos semanas, solo al ERP en consulta.",
        "Acceso creado con fecha de fin.",
    ),
    (
        "SERVICE_REQUEST",
        "PEDIDOS",
        "Cargar la nueva lista de precios",
        "Adjunto la lista vigente desde el primero.",
        "Lista cargada y revisada con ventas.",
    ),
    (
        "ENQUIRY",
        "ERP",
        "¿Cómo anulo un comprobante del mes pasado?",
        "Me equivoqué en la serie.",
        "Se explicó el procedimiento y se enlazó el artículo.",
    ),
    (
        "ENQUIRY",
        "PEDIDOS",
        "¿Cuándo termina la intermitencia del portal?",
        "Vi el aviso de incidencia masiva.",
        "Se informó la hora de restablecimiento.",
    ),
    (
        "PROBLEM",
        "BDVENTAS",
        "Bloqueos recurrentes en la base de ventas",
        "Tercera vez en el mes.",
        "Causa raíz: transacción larga de la carga; se dividió en lotes.",
    ),
    (
        "CORRECTIVE_MAINTENANCE",
        "PEDIDOS",
        "El descuento por campaña se aplica dos veces",
        "Ocurre con dos promociones en el mismo pedido.",
        "Se corrigió el cálculo y se desplegó.",
    ),
    (
        "TASK",
        "BDVENTAS",
        "Respaldo previo al inventario",
        "Antes del sábado a las 20:00.",
        "Respaldo hecho y verificado.",
    ),
    (
        "CHANGE",
        "ERP",
        "Aplicar el parche trimestral",
        "Ventana acordada: domingo de 2 a 4.",
        "Parche aplicado sin observaciones.",
    ),
];

/// Articles: language, title, body.
pub const ARTICLES: [(&str, &str, &str); 4] = [
    (
        "ES",
        "Error FI-204 al grabar facturas",
        "Síntoma: al grabar una factura aparece FI-204.\n\nSolución: reiniciar el servicio de contabilización y pedir al usuario que vuelva a grabar.",
    ),
    (
        "ES",
        "La VPN se desconecta",
        "Síntoma: la conexión cae cada pocos minutos.\n\nSolución: actualizar el cliente y volver a importar el perfil.",
    ),
    (
        "ES",
        "Anular un comprobante de un mes cerrado",
        "Se emite una nota de crédito en el mes abierto; el comprobante original no se toca.",
    ),
    (
        "EN",
        "Sales database does not answer",
        "Look for a session that holds a lock for more than ten minutes, tell its owner, end it, and open a problem.",
    ),
];
